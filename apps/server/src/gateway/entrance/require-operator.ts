import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';

import type { Principal } from '../../identity/principal.ts';
import { requirePrincipal, type RequirePrincipalDeps } from './require-principal.ts';

/**
 * Who sends this request, when it is an operator or an administrator.
 * @throws CspError `permission_denied` for everybody else, and what `requirePrincipal` throws.
 */
export async function requireOperator(request: FastifyRequest, deps: RequirePrincipalDeps): Promise<Principal> {
  const principal = await requirePrincipal(request, deps);
  if (principal.role === 'user')
    throw new CspError('permission_denied', 'Only operators and administrators may do this. Ask an administrator');
  return principal;
}
