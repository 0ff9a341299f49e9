import { CspError } from '@claude-sdk-pattern/protocol';

import type { StoreTransaction } from '../store/port.ts';

export interface QueueQuota {
  /** Messages of one session that wait for a turn. */
  queuedMessages: number;
}

/**
 * Call it inside the transaction that stores messages which no turn takes at once.
 * @throws CspError `rate_limited`
 */
export async function assertMayQueue(
  { queue }: Pick<StoreTransaction, 'queue'>,
  { sessionId, messages }: { sessionId: string; messages: number },
  { queuedMessages: limit }: QueueQuota,
): Promise<void> {
  const waiting = await queue.countWaiting(sessionId);
  if (waiting + messages <= limit) return;
  throw new CspError(
    'rate_limited',
    `${waiting} messages of ${sessionId} are waiting, and at most ${limit} may. Wait for a turn to end, or withdraw some`,
    { details: { limit, waiting }, retryAfterMs: 5000 },
  );
}
