import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';

import type { Actor } from '../../identity/actor.ts';
import { requireActor, type RequireActorDeps } from './require-actor.ts';

/**
 * Who sends this request, when it is an operator or an administrator.
 * @throws CspError `permission_denied` for everybody else, and what `requireActor` throws.
 */
export async function requireOperator(request: FastifyRequest, deps: RequireActorDeps): Promise<Actor> {
  const actor = await requireActor(request, deps);
  if (actor.role === 'user')
    throw new CspError('permission_denied', 'Only operators and administrators may do this. Ask an administrator');
  return actor;
}
