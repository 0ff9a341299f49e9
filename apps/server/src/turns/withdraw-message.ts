import { CspError } from '@claude-sdk-pattern/protocol';

import { claimRequest, type RequestIdentity } from './request-identity.ts';
import type { SessionRecord } from './session-record.ts';

/**
 * Withdraws a message that no turn has taken yet. For a repeated request nothing is stored, and the error holds the
 * first answer, see `rethrowUnlessAnswered`.
 * @throws CspError `state_conflict` when it is too late.
 */
export async function withdrawMessage(
  record: SessionRecord,
  { eventId, identity }: { eventId: string; identity?: RequestIdentity | undefined },
): Promise<void> {
  await record.append([record.stamp({ type: 'session.message_withdrawn', message_id: eventId })], {
    within: async (transaction) => {
      if (identity) await claimRequest(transaction, identity, {});
      if (!(await transaction.queue.mark(eventId, { from: 'waiting', to: 'withdrawn' }))) {
        const message = `The message ${eventId} is not waiting any more: the agent has received it, or it was withdrawn`;
        throw new CspError('state_conflict', message);
      }
    },
  });
}
