import type { HandOver } from '@claude-sdk-pattern/protocol';
import type { Selectable } from 'kysely';

import { fromJson, toJson, toPlainText } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { ApprovalTable } from './schema.ts';
import type { ShareLevel } from './shares.ts';
import { StoreError } from './store-error.ts';

export type ApprovalState = 'pending' | 'allowed' | 'denied' | 'cancelled';

/** A tool call that waits for a person, or did. */
export interface Approval {
  /** The id of its `agent.tool_use` event. */
  id: string;
  sessionId: string;
  /** Claude Code's own id of the tool call. */
  toolUseId: string;
  toolName: string;
  /** As its card shows it: with masks in place of its secrets. */
  input: Record<string, unknown>;
  /** Digest of the whole input; null in rows of older servers, whose `input` is whole. */
  inputSha256: string | null;
  /** What would happen, as a sentence. */
  title: string;
  /** Why it is asked. */
  reason: string | null;
  /** From then on it is denied; null for one that was decided before approvals expired. */
  expiresAt: string | null;
  /** Users who may not allow it, because a rule demands a second person; null where none does. */
  fourEyes: readonly string[] | null;
  /** Null while it is not in the hands of the operators. */
  handedOver: HandOver | null;
  state: ApprovalState;
  /** The user who decided; null when nobody or the platform did. */
  decidedBy: string | null;
  decidedAt: string | null;
  createdAt: string;
}

export type NewApproval = Pick<
  Approval,
  | 'id'
  | 'sessionId'
  | 'toolUseId'
  | 'toolName'
  | 'input'
  | 'inputSha256'
  | 'title'
  | 'reason'
  | 'expiresAt'
  | 'fourEyes'
>;

/** An approval in a list. The input of its tool may be a megabyte. */
export type ApprovalSummary = Omit<Approval, 'input' | 'inputSha256' | 'decidedBy' | 'decidedAt' | 'state'>;

/** With the relation of the user who may answer it to its session. */
export interface AnswerableApproval extends ApprovalSummary {
  ownerId: string;
  /** Null for the owner, and where the session is not shared with the user. */
  level: ShareLevel | null;
}

export interface ApprovalDecision {
  state: Exclude<ApprovalState, 'pending'>;
  decidedBy: string | null;
}

export interface ApprovalRepository {
  /** Throws `conflict` when the id exists, `not_found` without a session. */
  open(approval: NewApproval): Promise<Approval>;
  find(id: string): Promise<Approval | undefined>;
  /** Decides a pending approval. The first answer counts: `won` is false when the approval was decided before. */
  resolve(id: string, decision: ApprovalDecision): Promise<{ won: boolean; approval: Approval }>;
  /** Puts a pending approval into the hands of the operators, or takes it back with null; false when none is pending. */
  setHandedOver(id: string, handedOver: HandOver | null): Promise<boolean>;
  /** Cancels what is pending in a session (interrupt, dead process); answers what it cancelled. */
  cancelPending(sessionId: string): Promise<Approval[]>;
  /** Pending ones, oldest first: of a session, of all sessions of an owner, or of everybody. */
  listPending(of: { sessionId: string } | { ownerId: string } | 'everybody'): Promise<Approval[]>;
  /**
   * Pending ones that have not expired, oldest first: of sessions that the user owns, or has at one of the levels; with
   * `handedOver` also what was handed to the operators. With `id` only that one.
   */
  listAnswerable(
    userId: string,
    options: { own: boolean; levels: readonly ShareLevel[]; handedOver: boolean; limit: number; id?: string },
  ): Promise<AnswerableApproval[]>;
  /** Which sessions have pending ones. Reads no inputs of tools: each may be a megabyte. */
  listPendingSessions(): Promise<string[]>;
}

export function createApprovalRepository({ db, now }: RepositoryContext): ApprovalRepository {
  const find = async (id: string): Promise<Approval | undefined> => {
    const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toApproval(row);
  };

  return {
    async open(approval) {
      const insert = db.insertInto('approvals').values(toRow(approval, now()));
      return toApproval(await insert.returningAll().executeTakeFirstOrThrow());
    },

    find,

    async resolve(id, { state, decidedBy }) {
      const change = db.updateTable('approvals').set({ state, decided_by: decidedBy, decided_at: now() });
      const pending = change.where('id', '=', id).where('state', '=', 'pending');
      const row = await pending.returningAll().executeTakeFirst();
      if (row) return { won: true, approval: toApproval(row) };
      const approval = await find(id);
      if (!approval) throw new StoreError('not_found', `There is no approval ${id}.`);
      return { won: false, approval };
    },

    async setHandedOver(id, handedOver) {
      const change = db.updateTable('approvals').set({ handed_over: toJsonOrNull(handedOver) });
      const { numUpdatedRows } = await change.where('id', '=', id).where('state', '=', 'pending').executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async cancelPending(sessionId) {
      const change = db.updateTable('approvals').set({ state: 'cancelled', decided_at: now() });
      const pending = change.where('session_id', '=', sessionId).where('state', '=', 'pending');
      return (await pending.returningAll().execute()).map(toApproval);
    },

    async listPending(of) {
      let query = db.selectFrom('approvals').selectAll('approvals').where('approvals.state', '=', 'pending');
      if (of !== 'everybody' && 'sessionId' in of) query = query.where('approvals.session_id', '=', of.sessionId);
      if (of !== 'everybody' && 'ownerId' in of) {
        const owned = db.selectFrom('sessions').select('id').where('owner_id', '=', of.ownerId);
        query = query.where('approvals.session_id', 'in', owned);
      }
      return (await query.orderBy('approvals.created_at').orderBy('approvals.id').execute()).map(toApproval);
    },

    async listAnswerable(userId, { own, levels, handedOver, limit, id }) {
      let query = db
        .selectFrom('approvals')
        .innerJoin('sessions', 'sessions.id', 'approvals.session_id')
        .leftJoin('session_shares as share', (join) =>
          join.onRef('share.session_id', '=', 'approvals.session_id').on('share.user_id', '=', userId),
        )
        .select([...SUMMARY, 'sessions.owner_id', 'share.level'])
        .where('approvals.state', '=', 'pending')
        .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now())]))
        .where((where) =>
          where.or([
            ...(own ? [where('sessions.owner_id', '=', userId)] : []),
            ...(levels.length > 0 ? [where('share.level', 'in', levels)] : []),
            ...(handedOver ? [where('handed_over', 'is not', null)] : []),
          ]),
        )
        .orderBy('approvals.created_at')
        .orderBy('approvals.id')
        .limit(limit);
      if (id !== undefined) query = query.where('approvals.id', '=', id);
      const rows = await query.execute();
      return rows.map((row) => ({
        ...toSummary(row),
        ownerId: row.owner_id,
        level: row.level as ShareLevel | null,
      }));
    },

    async listPendingSessions() {
      const pending = db.selectFrom('approvals').select('session_id').where('state', '=', 'pending');
      return (await pending.distinct().orderBy('session_id').execute()).map((row) => row.session_id);
    },
  };
}

/** All but the input, which may be a megabyte. */
const SUMMARY = [
  'approvals.id',
  'approvals.session_id',
  'approvals.tool_use_id',
  'approvals.tool_name',
  'approvals.title',
  'approvals.reason',
  'approvals.expires_at',
  'approvals.created_at',
  'approvals.four_eyes',
  'approvals.handed_over',
] as const;

/** A null of the database, so that it can be asked for. */
function toJsonOrNull(value: unknown): string | null {
  return value === null ? null : toJson(value);
}

function toRow(approval: NewApproval, at: string): ApprovalTable {
  return {
    id: approval.id,
    session_id: approval.sessionId,
    tool_use_id: approval.toolUseId,
    tool_name: toPlainText(approval.toolName),
    input: toJson(approval.input),
    input_sha256: approval.inputSha256,
    state: 'pending',
    decided_by: null,
    decided_at: null,
    created_at: at,
    title: toPlainText(approval.title),
    reason: approval.reason === null ? null : toPlainText(approval.reason),
    expires_at: approval.expiresAt,
    four_eyes: toJsonOrNull(approval.fourEyes),
    handed_over: null,
  };
}

function toApproval(row: Selectable<ApprovalTable>): Approval {
  return {
    ...toSummary(row),
    input: fromJson<Approval['input']>(row.input),
    inputSha256: row.input_sha256,
    state: row.state as ApprovalState,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
  };
}

function toSummary(
  row: Omit<Selectable<ApprovalTable>, 'input' | 'input_sha256' | 'state' | 'decided_by' | 'decided_at'>,
): ApprovalSummary {
  return {
    id: row.id,
    sessionId: row.session_id,
    toolUseId: row.tool_use_id,
    toolName: row.tool_name,
    title: row.title,
    reason: row.reason,
    expiresAt: row.expires_at,
    fourEyes: row.four_eyes === null ? null : fromJson<string[]>(row.four_eyes),
    handedOver: row.handed_over === null ? null : fromJson<HandOver>(row.handed_over),
    createdAt: row.created_at,
  };
}
