import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import { getRule, type Action } from './actions.ts';
import { hasScope } from './may.ts';

/** Why the actor may not do this with anything: the scopes of the credential, or the role. */
export function toRefusal(actor: Actor, action: Action): CspError {
  const { allows, any } = getRule(action);
  if (!hasScope(actor, action) && actor.via === 'jwt')
    return new CspError('permission_denied', `The scopes of this token do not let it ${allows}`);
  if (!hasScope(actor, action))
    return new CspError(
      'permission_denied',
      `This API key may only read, and so cannot ${allows}. Use a key with the scope write`,
    );
  if (any === undefined) return new CspError('permission_denied', `Your role does not let you ${allows}`);
  const who = any === 'admin' ? 'administrators' : 'operators and administrators';
  return new CspError('permission_denied', `Only ${who} may do this. Ask an administrator`);
}
