import type { EventActor } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';

/** Converts an actor to its form in events. */
export function toEventActor({ userId, name }: Actor): EventActor {
  return { id: userId, name };
}
