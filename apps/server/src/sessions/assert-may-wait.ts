import type { UserEventParams } from '@claude-sdk-pattern/protocol';

import type { LiveSession } from './live-session.ts';
import type { SessionDeps } from './session-deps.ts';

/** Nothing is stored of a message whose turn could not even wait for a process. @throws CspError `overloaded` */
export function assertMayWait(
  { places, pool }: Pick<SessionDeps, 'places' | 'pool'>,
  live: LiveSession,
  events: readonly UserEventParams[],
): void {
  const asksForProcess = events.some((event) => event.type === 'user.message') && live.process.state === 'none';
  if (!asksForProcess || places.isFree || pool.state.ready > 0) return;
  const refusal = places.refusal(live.session.ownerId);
  if (refusal !== undefined) throw refusal;
}
