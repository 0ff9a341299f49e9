import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyRequest } from 'fastify';

import type { AccountEnd } from '../../identity/account-ends.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Actor } from '../../identity/actor.ts';
import { refuseCredentialInUrl } from './credential-in-url.ts';
import { assertSameOrigin } from './same-origin.ts';

export interface RequireActorDeps {
  identity: Pick<Identity, 'authenticate' | 'findAccountEnd'>;
  /** Origins besides the server's own whose pages may send requests with the cookie. */
  allowedOrigins?: readonly string[] | undefined;
}

/**
 * Who sends this request. Cheap enough to be called for every request.
 * @throws CspError `authentication_required`, `credential_in_url`, or `origin_not_allowed` for a state-changing request
 * by cookie that another site's page sent.
 */
export async function requireActor(request: FastifyRequest, deps: RequireActorDeps): Promise<Actor> {
  const actor = await deps.identity.authenticate(request.headers);
  // Checked before the URL: a request whose only credential is in the URL gets 401, like one without a credential.
  if (actor === null) {
    const reason = await deps.identity.findAccountEnd(request.headers);
    if (reason !== undefined) throw new CspError('authentication_required', ENDS[reason], { details: { reason } });
    throw new CspError(
      'authentication_required',
      'Sign in, or send a valid API key as "Authorization: Bearer KEY" or "x-api-key: KEY".',
    );
  }
  refuseCredentialInUrl(request.url);
  if (actor.via === 'cookie' && !isSafeMethod(request.method)) {
    assertSameOrigin(request.headers, deps.allowedOrigins);
  }
  return actor;
}

const ENDS = {
  account_locked: 'This account is locked. Ask an administrator to unlock it.',
  account_removed: 'This account was removed. Ask an administrator.',
} as const satisfies Record<AccountEnd, string>;

function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
