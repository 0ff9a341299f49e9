import { CspError } from '@claude-sdk-pattern/protocol';
import type { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toKeyDetails, type Fact } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import type { ApiKeys } from '../../identity/api-keys.ts';
import { findMaker } from '../../identity/key-makers.ts';
import { toKeyResource, type apiKeyBody, type createdApiKey } from './api-key-resource.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface KeyDeps {
  apiKeys: Pick<ApiKeys, 'create' | 'revoke'>;
  audit: ChangeRecorder;
}

/**
 * A JSON Web Token lives for minutes and cannot be revoked here; what it made would outlive it.
 * @throws CspError `permission_denied` for one
 */
export function assertMayMakeCredentials(actor: Pick<Actor, 'via'>): void {
  if (actor.via === 'jwt')
    throw new CspError(
      'permission_denied',
      'A JSON Web Token makes no accounts, API keys or invitations, raises no role and unlocks nobody: this would outlive it. Use an API key or a browser.',
    );
}

/** Makes a key for `ownerId`, and records it. It ends with the key that the actor used, if any, and when it gives more than the actor's role. */
export async function createKey(
  { apiKeys, audit }: KeyDeps,
  actor: Actor,
  { ownerId, body }: { ownerId: string; body: z.output<typeof apiKeyBody> },
): Promise<z.infer<typeof createdApiKey>> {
  assertMayMakeCredentials(actor);
  const { name, expires_in_days: days, scopes } = body;
  const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
  const toFact = (id: string | null, details: Fact['details']): Fact => ({
    ...{ actor: toFactActor(actor), action: 'api_key.create', target: { type: 'api_key', id } },
    details: { user_id: ownerId, name, ...details, ...toKeyDetails(actor) },
  });
  return audit.during(
    toFact(null, { scopes, expires_at: expiresAt?.toISOString() }),
    async () => {
      const maker = findMaker(actor);
      const madeBy = maker === ownerId ? null : maker;
      const grant = { name, expiresAt, scopes, madeWith: actor.apiKeyId, madeBy };
      const { apiKey, key } = await apiKeys.create(ownerId, grant);
      return { ...toKeyResource(apiKey), key };
    },
    (made) => [toFact(made.id, { scopes: made.scopes, expires_at: made.expires_at })],
  );
}

/** Revokes a key of `ownerId`, and records it; false when there is none. */
export async function revokeKey(
  { apiKeys, audit }: KeyDeps,
  actor: Actor,
  { ownerId, id }: { ownerId: string; id: string },
): Promise<boolean> {
  const fact: Fact = {
    ...{ actor: toFactActor(actor), action: 'api_key.revoke', target: { type: 'api_key', id } },
    details: { user_id: ownerId, ...toKeyDetails(actor) },
  };
  return audit.during(
    fact,
    () => apiKeys.revoke(ownerId, id),
    (isRevoked) => (isRevoked ? [fact] : []),
  );
}
