import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { AuditRecorder } from '../audit/audit-log.ts';
import { SYSTEM } from '../audit/fact.ts';
import type { Fetch } from '../lib/outgoing-fetch.ts';
import { refreshTokens } from '../mcp-oauth/refresh-tokens.ts';
import type { SecretPlace } from '../store/secrets.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { KeptSignIn } from './kept-sign-ins.ts';
import type { McpClients } from './mcp-clients.ts';
import type { ReadDocument, SealedDocuments } from './sealed-documents.ts';
import { toSignInFact } from './sign-in-fact.ts';
import { toTokenEndpointAuth } from './token-endpoint-auth.ts';
import { isTokenText } from './tokens.ts';

export interface RenewalDeps {
  kept: SealedDocuments<KeptSignIn>;
  clients: Pick<McpClients, 'forgetRegistered'>;
  audit: AuditRecorder;
  logger: Pick<Logger, 'warn'>;
  fetchFor(address: string): Fetch;
  /** Ends tokens of a sign-in that was removed while it was renewed. */
  revoke(signIn: KeptSignIn): Promise<void>;
  now(): number;
}

/**
 * Renews a sign-in whose token expires, or was refused. Resolves to the sign-in as it is then, with `problem` where it
 * serves no more; undefined where it was removed. Calls for one sign-in share one renewal, on all servers of a deployment:
 * most authorization servers take a refresh token once.
 * @throws Error where the authorization server does not answer; the next call tries again
 */
export type RenewSignIn = (place: SecretPlace, refusedToken: string) => Promise<KeptSignIn | undefined>;

/** Far longer than a request to the authorization server may take: after it, the server that renews is taken for dead. */
const RENEWAL_LASTS_MS = 30_000;
/** Between two looks at what another server renews. */
const LOOK_MS = 200;

export function createRenewSignIn(deps: RenewalDeps): RenewSignIn {
  const { kept, now } = deps;
  const running = new Map<string, Promise<KeptSignIn | undefined>>();

  async function renew(place: SecretPlace, refusedToken: string): Promise<KeptSignIn | undefined> {
    for (;;) {
      const found = await kept.find(place);
      if (found === undefined) return undefined;
      const { accessToken, problem, renewal } = found.value;
      if (problem !== null || accessToken !== refusedToken) return found.value;
      if (renewal !== null && Date.parse(renewal.until) > now()) {
        await delay(LOOK_MS);
        continue;
      }
      const mine = { id: randomUUID(), until: new Date(now() + RENEWAL_LASTS_MS).toISOString() };
      if (await kept.replace(place, found, { ...found.value, renewal: mine })) return finish(place, found, mine.id);
    }
  }

  /** With the renewal to itself. */
  async function finish(place: SecretPlace, { value }: ReadDocument<KeptSignIn>, id: string) {
    let change: Partial<KeptSignIn>;
    try {
      change = await requestTokens(value);
    } catch (error) {
      await keepChange({ renewal: null });
      throw error;
    }
    const changed = await keepChange({ ...change, renewal: null });
    if (changed === undefined) await deps.revoke({ ...value, ...change });
    else if (changed.problem !== null)
      await deps.audit.record({
        actor: SYSTEM,
        ...toSignInFact('mcp_sign_in.renew', place, value),
        outcome: 'failure',
      });
    return changed;

    /** Also where the server's key was changed meanwhile. Undefined where the sign-in is not that one any more. */
    async function keepChange(next: Partial<KeptSignIn>): Promise<KeptSignIn | undefined> {
      for (;;) {
        const current = await kept.find(place);
        if (current?.value.renewal?.id !== id) return undefined;
        const changedValue = { ...current.value, ...next };
        if (await kept.replace(place, current, changedValue)) return changedValue;
      }
    }
  }

  async function requestTokens(signIn: KeptSignIn): Promise<Partial<KeptSignIn>> {
    const { address, resource, server, client, refreshToken, oauthScope } = signIn;
    if (refreshToken === null) return toEnd('The token has ended, and the server gives no new one by itself');
    const outcome = await refreshTokens(
      {
        tokenEndpoint: server.token_endpoint,
        clientId: client.client_id,
        ...{ auth: toTokenEndpointAuth(client, server), refreshToken, resource },
      },
      { now, send: deps.fetchFor(address) as typeof fetch },
    );
    if (outcome.status === 'succeeded') {
      const { accessToken, refreshToken: next, expiresAt, scope = oauthScope } = outcome.tokens;
      if (!isTokenText(accessToken)) return toEnd('The server gave a token that cannot be used');
      return { accessToken, refreshToken: next, expiresAt, oauthScope: scope };
    }
    if (outcome.status !== 'failed' || !outcome.isFinal)
      throw new Error(
        `${server.issuer} did not renew the sign-in`,
        outcome.status === 'failed' ? {} : { cause: outcome.cause },
      );
    deps.logger.warn({ issuer: server.issuer, status: outcome.answer.status }, 'a sign-in to an MCP server has ended');
    // Where it is the client that is not known any more, the next sign-in registers another one.
    if (outcome.answer.body.includes('invalid_client')) await deps.clients.forgetRegistered(server.issuer);
    return toEnd('The sign-in has ended at the server, or was withdrawn there');
  }

  return (place, refusedToken) => {
    const key = `${place.ownerId} ${place.name} ${refusedToken}`;
    let renewal = running.get(key);
    if (renewal === undefined) {
      renewal = renew(place, refusedToken).finally(() => running.delete(key));
      running.set(key, renewal);
    }
    return renewal;
  };
}

function toEnd(problem: string): Partial<KeptSignIn> {
  return { problem, accessToken: '', refreshToken: null };
}
