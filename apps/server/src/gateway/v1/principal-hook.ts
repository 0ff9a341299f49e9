import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Principal } from '../../identity/principal.ts';
import type { Caller } from '../../sessions/session-service.ts';
import { requirePrincipal, type RequirePrincipalDeps } from '../require-principal.ts';

const PRINCIPAL = 'principal';

/** Finds out who asks before anything of a request is read, for every route of this scope. */
export function addPrincipalHook(app: FastifyInstance, deps: RequirePrincipalDeps): void {
  app.decorateRequest(PRINCIPAL, null);
  app.addHook('onRequest', async (request) => {
    request.setDecorator(PRINCIPAL, await requirePrincipal(request, deps));
  });
}

/** Who asks, in a scope with the hook. */
export function getPrincipal(request: FastifyRequest): Principal {
  return request.getDecorator<Principal>(PRINCIPAL);
}

/** Who asks, as sessions see it: with the `idempotency-key`, where there is one. */
export function getCaller(request: FastifyRequest): Caller {
  const { userId, name } = getPrincipal(request);
  const key = request.headers['idempotency-key'];
  return { id: userId, name, ...(typeof key === 'string' && key !== '' && { requestId: key }) };
}
