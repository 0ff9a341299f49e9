import { CspError } from '@claude-sdk-pattern/protocol';

import type { SessionRecord } from './session-record.ts';

/** Takes back a message that no turn has taken yet. @throws CspError `state_conflict` when it is too late. */
export async function withdrawMessage(record: SessionRecord, eventId: string): Promise<void> {
  await record.append([record.stamp({ type: 'session.message_withdrawn', message_id: eventId })], {
    within: async ({ queue }) => {
      if (await queue.mark(eventId, { from: 'waiting', to: 'withdrawn' })) return;
      const message = `The message ${eventId} is not waiting: the agent has it, or it was withdrawn`;
      throw new CspError('state_conflict', message);
    },
  });
}
