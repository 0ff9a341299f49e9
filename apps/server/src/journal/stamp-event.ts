import { createId, type SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';

type Unstamped<T> = T extends SessionEvent ? Omit<T, 'id' | 'processed_at'> & { processed_at?: string | null } : never;

/** Gives an event its id and its time. */
export function stampEvent(clock: Clock, event: Unstamped<SessionEvent>): SessionEvent {
  const now = clock.now();
  const stamped = { id: createId('sevt', now), processed_at: new Date(now).toISOString(), ...event };
  // The rest of the event is as its type demands; spreading a union loses that.
  return stamped as SessionEvent;
}
