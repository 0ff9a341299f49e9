import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import { getRule, type Action } from './actions.ts';
import { may } from './may.ts';
import { findRelation, type Resource } from './relation.ts';

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
  const { found, name, refusal = `Your role does not let you ${getRule(action).allows}` } = wanted;
  const relation = found === undefined ? 'none' : findRelation(actor, found);
  if (found !== undefined && may(actor, action, relation)) return found;
  if (relation === 'none') throw new CspError('not_found', `There is no ${name}`);
  throw new CspError('permission_denied', refusal);
}
