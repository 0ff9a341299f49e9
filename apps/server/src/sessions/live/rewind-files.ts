import { CspError, type EventActor } from '@claude-sdk-pattern/protocol';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import type { FactActor } from '../../audit/fact.ts';
import type { WorkspaceState } from '../../store/workspace-states.ts';
import type { SessionRecord } from '../../turns/session-record.ts';
import type { SessionTurns } from '../../turns/session-turns.ts';
import type { FileDifference } from '../../workspaces/history/list-changes.ts';
import type { SessionStates } from './session-states.ts';

export interface FilesRewind {
  /** Before this event the files were as in `target`. */
  eventId: string;
  target: WorkspaceState;
  by: { actor: EventActor; fact: FactActor };
}

export interface RewindFilesDeps {
  record: SessionRecord;
  turns: Pick<SessionTurns, 'running' | 'currentNumber'>;
  states: SessionStates;
  audit: ChangeRecorder;
  nodeId: string;
}

export interface RewoundFiles {
  differences: FileDifference[];
  /** Adds the event that tells it, and by which it can be taken back, with its audit entry; null where nothing differs. */
  tell(): Promise<string | null>;
}

/**
 * Makes the files of an idle session those of a recorded state. The state before is recorded first, so that it can be taken back.
 * Runs as a command of the session's order: no turn begins meanwhile.
 * @throws CspError `state_conflict` while a turn runs, and as `restoreState`; nothing is changed then.
 */
export async function rewindFiles(
  { record, turns, states, audit, nodeId }: RewindFilesDeps,
  { eventId, target, by }: FilesRewind,
): Promise<RewoundFiles> {
  const { id } = record.session;
  if (turns.running !== undefined)
    throw new CspError('state_conflict', `Session ${id} is working. Stop it, or wait until it is done, then try again`);
  const turn = turns.currentNumber - 1;
  const before = await states.record('before_rewind', turn);
  const differences = await states.history
    .restore({ from: before.state, to: target.state })
    .catch(async (error: unknown) => {
      await giveUp(states, { before, turn, error });
      throw error;
    });
  await states.record('rewind', turn);
  const tell = () => tellRewound({ record, audit, nodeId }, { eventId, target, by, before, differences });
  return { differences, tell };
}

async function tellRewound(
  { record, audit, nodeId }: Pick<RewindFilesDeps, 'record' | 'audit' | 'nodeId'>,
  { eventId, target, by, before, differences }: FilesRewind & { before: WorkspaceState; differences: FileDifference[] },
): Promise<string | null> {
  const { id } = record.session;
  if (differences.length === 0) return null;
  const count = (status: FileDifference['status']) => differences.filter((each) => each.status === status).length;
  const files = { added: count('added'), modified: count('modified'), deleted: count('deleted') };
  const event = record.stamp({
    ...{ type: 'session.files_rewound', event_id: eventId, turn: target.turn, files },
    ...{ state_before: before.ordinal, actor: by.actor },
  });
  await record.append([event], {
    within: async (transaction) => {
      const details = { event_id: eventId, state: target.state, state_before: before.state, ...files, node_id: nodeId };
      await audit.record(
        { actor: by.fact, action: 'session.rewind', target: { type: 'session', id }, details },
        transaction,
      );
    },
  });
  return event.id;
}

/** Nothing was changed, or some files were before the disk was full, or the like. */
async function giveUp(
  states: SessionStates,
  { before, turn, error }: { before: WorkspaceState; turn: number; error: unknown },
): Promise<void> {
  if (error instanceof CspError && error.code === 'state_conflict') await states.record('rewind', turn);
  else await putBack(states, { before, turn }).catch(() => undefined);
}

/**
 * The state before a rewind that a dead server has begun and not ended; undefined where there is none. `states` are those of this
 * server, oldest first.
 */
export function findCutRewind(states: readonly WorkspaceState[]): WorkspaceState | undefined {
  const last = states.findLast(({ reason }) => ENDS.has(reason) || reason === 'before_rewind');
  return last?.reason === 'before_rewind' ? last : undefined;
}

const ENDS: ReadonlySet<string> = new Set(['rewind', 'turn', 'beginning']);

/** Makes the files what they were before a rewind. What they are now is recorded first. */
export async function putBack(
  states: SessionStates,
  { before, turn }: { before: WorkspaceState; turn: number },
): Promise<void> {
  const now = await states.record('before_edit', turn);
  await states.history.restore({ from: now.state, to: before.state });
  await states.record('rewind', turn);
}
