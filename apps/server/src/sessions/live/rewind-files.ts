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

/**
 * Makes the files of an idle session those of a recorded state. The state before is recorded first, so that it can be taken back.
 * Runs as a command of the session's order: no turn begins meanwhile.
 * @throws CspError `state_conflict` while a turn runs, and as `restoreState`; nothing is changed then.
 */
export async function rewindFiles(
  { record, turns, states, audit, nodeId }: RewindFilesDeps,
  { eventId, target, by }: FilesRewind,
): Promise<{ differences: FileDifference[]; eventId: string | null }> {
  const { id } = record.session;
  if (turns.running !== undefined)
    throw new CspError('state_conflict', `Session ${id} is working. Stop it, or wait until it is done, then try again`);
  const turn = turns.currentNumber - 1;
  const before = await states.record('before_rewind', turn);
  const differences = await states.history.restore({ from: before.state, to: target.state });
  if (differences.length === 0) return { differences, eventId: null };
  await states.record('rewind', turn);
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
  return { differences, eventId: event.id };
}
