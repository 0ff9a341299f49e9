import type { Actor } from '../identity/actor.ts';
import type { Action } from './actions.ts';
import { may } from './may.ts';

/** Whose resources a list shows to the actor: their own, or null for everybody's. What is published comes on top. */
export function findVisibleOwner(actor: Actor, action: Action): string | null {
  return may(actor, action, 'none') ? null : actor.userId;
}
