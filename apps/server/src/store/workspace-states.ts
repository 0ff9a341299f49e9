import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { WorkspaceStateTable } from './schema.ts';
import type { StateReason } from './state-reason.ts';

/** A state of a session's workspace. Its files are where the workspace is. */
export interface WorkspaceState {
  /** 1, 2, 3 … in the session; gaps where states were forgotten. */
  ordinal: number;
  /** The turn after which the files were so; 0 before the first one. */
  turn: number;
  reason: StateReason;
  /** Names the content; the same content has the same name. */
  state: string;
  /** The ids of those who made the changes by hand or in a terminal; empty where that is nobody or not known. */
  madeBy: readonly string[];
  /** Files that differ from the state before. */
  changedFiles: number;
  /** Files that are not in it, though git does not ignore them: how many, and the first paths. */
  leftOut: { count: number; paths: readonly string[] };
  /** Where that is; see `SessionDeps`. */
  placeId: string;
  createdAt: string;
}

export interface WorkspaceStateRepository {
  /** Adds a state as the newest one. @throws StoreError where the session is gone. */
  add(sessionId: string, state: Omit<WorkspaceState, 'ordinal' | 'createdAt'>): Promise<WorkspaceState>;
  /** Oldest first. */
  list(sessionId: string): Promise<WorkspaceState[]>;
  forget(sessionId: string, ordinals: readonly number[]): Promise<void>;
  /** For a fork: the states of one place, up to one of them. */
  copyToSession(fork: { from: string; to: string; placeId: string; throughOrdinal: number }): Promise<void>;
}

export function createWorkspaceStateRepository({ db, now, atomically }: RepositoryContext): WorkspaceStateRepository {
  return {
    add: (sessionId, { turn, reason, state, madeBy, changedFiles, leftOut, placeId }) =>
      atomically(async (trx) => {
        const { last } = await trx
          .selectFrom('workspace_states')
          .select(({ fn }) => fn.max('ordinal').as('last'))
          .where('session_id', '=', sessionId)
          .executeTakeFirstOrThrow();
        const row = {
          session_id: sessionId,
          ordinal: (last ?? 0) + 1,
          ...{ turn, reason, state, changed_files: changedFiles, left_out: toJson(leftOut) },
          ...{ made_by: toJson(madeBy), node_id: placeId, created_at: now() },
        };
        await trx.insertInto('workspace_states').values(row).execute();
        return {
          ...{ ordinal: row.ordinal, turn, reason, state, madeBy, changedFiles, leftOut, placeId },
          createdAt: row.created_at,
        };
      }),

    async list(sessionId) {
      const rows = await db
        .selectFrom('workspace_states')
        .selectAll()
        .where('session_id', '=', sessionId)
        .orderBy('ordinal')
        .execute();
      return rows.map(toState);
    },

    async forget(sessionId, ordinals) {
      if (ordinals.length === 0) return;
      await db
        .deleteFrom('workspace_states')
        .where('session_id', '=', sessionId)
        .where('ordinal', 'in', ordinals)
        .execute();
    },

    async copyToSession({ from, to, placeId, throughOrdinal }) {
      const columns = [
        'ordinal',
        'turn',
        'reason',
        'state',
        'changed_files',
        'left_out',
        'made_by',
        'node_id',
        'created_at',
      ] as const;
      await db
        .insertInto('workspace_states')
        .columns(['session_id', ...columns])
        .expression((eb) =>
          eb
            .selectFrom('workspace_states')
            .select([eb.val(to).as('session_id'), ...columns])
            .where('session_id', '=', from)
            .where('node_id', '=', placeId)
            .where('ordinal', '<=', throughOrdinal),
        )
        .execute();
    },
  };
}

function toState(row: Selectable<WorkspaceStateTable>): WorkspaceState {
  return {
    ordinal: row.ordinal,
    turn: row.turn,
    reason: row.reason,
    state: row.state,
    madeBy: row.made_by === null ? [] : fromJson<string[]>(row.made_by),
    changedFiles: row.changed_files,
    leftOut: fromJson<WorkspaceState['leftOut']>(row.left_out),
    placeId: row.node_id,
    createdAt: row.created_at,
  };
}
