import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { Action } from './actions.ts';
import { hasScope, may } from './may.ts';
import { findRelation, type Resource } from './relation.ts';
import { toRefusal } from './to-refusal.ts';

interface Wanted<T> {
  found: T | undefined;
  /** Name of the resource in error messages: `session sesn_1`. */
  name: string;
  /** Message for callers who may see the resource and may not do this. */
  refusal?: string;
}

/**
 * The resource, if the table lets the actor do this with it.
 * @throws CspError `not_found` if it does not exist or the actor may not know of it; otherwise `permission_denied`.
 */
export function getPermitted<T extends Resource>(actor: Actor, action: Action, wanted: Wanted<T>): T {
  const { found, name, refusal } = wanted;
  const relation = found === undefined ? 'none' : findRelation(actor, found);
  if (found !== undefined && may(actor, action, relation)) return found;
  if (relation === 'none') throw new CspError('not_found', `There is no ${name}`);
  if (refusal === undefined || !hasScope(actor, action)) throw toRefusal(actor, action);
  throw new CspError('permission_denied', refusal);
}
