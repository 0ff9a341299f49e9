import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Principal } from '../identity/principal.ts';
import type { Caller } from '../sessions/session-service.ts';
import { requirePrincipal, type RequirePrincipalDeps } from './require-principal.ts';

const PRINCIPAL = 'principal';

interface PrincipalHookOptions extends RequirePrincipalDeps {
  /** Who may come in; by default everybody who is signed in. */
  require?: typeof requirePrincipal;
}

/**
 * Finds out who asks before anything of a request is read, for every route of this scope: who may not come in is told
 * so, and not what is wrong with the request.
 */
export function addPrincipalHook(app: FastifyInstance, options: PrincipalHookOptions): void {
  const { require = requirePrincipal } = options;
  app.decorateRequest(PRINCIPAL, null);
  app.addHook('onRequest', async (request) => {
    request.setDecorator(PRINCIPAL, await require(request, options));
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
