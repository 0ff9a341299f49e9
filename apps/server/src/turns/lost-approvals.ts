import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Approval } from '../store/approvals.ts';
import { isToolUse } from '../journal/tool-call-events.ts';
import type { Store } from '../store/port.ts';
import type { SessionApprovals } from '../permissions/session-approvals.ts';
import type { SessionRecord } from './session-record.ts';

export interface LostApprovalsDeps {
  store: Pick<Store, 'approvals' | 'events'>;
  approvals: Pick<SessionApprovals, 'cancelAll'>;
  record: SessionRecord;
}

/** More titles than that are counted. */
const MAX_TITLES = 3;

/** Cancels what waits and cannot go on in another process, and tells people why. */
export async function cancelLostApprovals({ store, approvals, record }: LostApprovalsDeps): Promise<void> {
  const lost = await store.approvals.listPending({ sessionId: record.session.id });
  await approvals.cancelAll('process_ended');
  const text = await describeLostApprovals(store, lost);
  if (text !== undefined) await record.append([record.stamp({ type: 'session.notice', level: 'warning', text })]);
}

/**
 * What people are told when calls that waited for approval ended with their process; undefined where none did. Those of
 * subagents always do: no process can go on with a subagent in the middle of its turn.
 */
async function describeLostApprovals(
  { events }: Pick<Store, 'events'>,
  lost: readonly Pick<Approval, 'id' | 'kind' | 'sessionId' | 'title'>[],
): Promise<string | undefined> {
  if (lost.length === 0) return undefined;
  const calls = await Promise.all(lost.map(({ id, sessionId }) => events.find(sessionId, id)));
  const areOfSubagents = calls.every((call) => call !== undefined && isOfSubagent(call.body));
  const titles = lost.slice(0, MAX_TITLES).map(({ title }) => `“${title}”`);
  const more = lost.length > MAX_TITLES ? [`${lost.length - MAX_TITLES} more`] : [];
  const what = [...titles, ...more].join(', ');
  const waited = lost.some(({ kind }) => kind === 'approval') ? 'an approval' : 'a program';
  const who = areOfSubagents ? 'A subagent' : 'The agent';
  const why = areOfSubagents
    ? 'A subagent ends with its process, so this did not run'
    : 'What it asked for could not be kept, and did not run';
  return `${who} was waiting for ${waited} when its process ended: ${what}. ${why}. The agent goes on, and asks again if it still needs it.`;
}

function isOfSubagent(call: SessionEvent): boolean {
  return isToolUse(call) && call.session_thread_id != null;
}
