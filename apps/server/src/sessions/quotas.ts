import { CspError, type UserEventParams } from '@claude-sdk-pattern/protocol';

import type { StoreTransaction } from '../store/port.ts';
import type { LiveSession } from './live-session.ts';

/** What one user may have. */
export interface SessionQuotas {
  /** Sessions, archived ones included. */
  storedSessions: number;
  /** Sessions that have a turn at the same time, also those that wait for a process. */
  runningSessions: number;
  /** Messages of one session that wait for a turn. */
  queuedMessages: number;
}

/** Inside the transaction that makes a session. @throws CspError `quota_exceeded` */
export async function assertMayStore(
  { sessions }: Pick<StoreTransaction, 'sessions'>,
  ownerId: string,
  { storedSessions: limit }: Pick<SessionQuotas, 'storedSessions'>,
): Promise<void> {
  if ((await sessions.count(ownerId)) < limit) return;
  throw new CspError(
    'quota_exceeded',
    `You have ${limit} sessions, archived ones included, and may not have more. Delete some first`,
    { details: { limit } },
  );
}

/** Nothing is stored of a message whose turn may not begin. @throws CspError `rate_limited` */
export function assertMayRun(
  { served, live, limit }: { served: readonly LiveSession[]; live: LiveSession; limit: number },
  events: readonly UserEventParams[],
): void {
  const beginsTurn = live.idleSinceMs !== undefined && events.some(({ type }) => type === 'user.message');
  if (!beginsTurn) return;
  const { ownerId } = live.session;
  const running = served.filter((each) => each.session.ownerId === ownerId && each.idleSinceMs === undefined).length;
  if (running < limit) return;
  throw new CspError(
    'rate_limited',
    `${running} of your sessions are at work, and at most ${limit} may be at the same time. Wait for one of them, or stop it`,
    { details: { limit, running }, retryAfterMs: 5000 },
  );
}

/** Inside the transaction that stores messages which no turn takes at once. @throws CspError `rate_limited` */
export async function assertMayQueue(
  { queue }: Pick<StoreTransaction, 'queue'>,
  { sessionId, messages }: { sessionId: string; messages: number },
  { queuedMessages: limit }: Pick<SessionQuotas, 'queuedMessages'>,
): Promise<void> {
  const waiting = await queue.countWaiting(sessionId);
  if (waiting + messages <= limit) return;
  throw new CspError(
    'rate_limited',
    `${waiting} messages of ${sessionId} wait already, and at most ${limit} may. Wait for a turn to end, or take some back`,
    { details: { limit, waiting }, retryAfterMs: 5000 },
  );
}
