import { randomUUID } from 'node:crypto';

import { createId, type SessionCreateParams, type SessionResource } from '@claude-sdk-pattern/protocol';

import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Actor } from '../identity/actor.ts';
import { assertMayStore } from './quotas.ts';
import { claimRequest, type RequestIdentity } from './request-identity.ts';
import type { SessionDeps } from './session-deps.ts';
import { toResource } from './to-resource.ts';

export interface NewSession {
  /** The owner of the new session. */
  actor: Actor;
  params: SessionCreateParams;
  /** Identifies the request when a client repeats it. */
  identity: RequestIdentity | undefined;
}

/** The session as it was made, which is also the answer when its request comes again. */
export interface CreatedSession {
  session: SessionResource;
  last_seq: number;
}

/**
 * Stores a new session, with the request that asked for it. Where that was done before nothing is stored, and what is
 * thrown holds the first answer, see `rethrowUnlessAnswered`.
 * @throws CspError `not_found` for an agent or an environment that is not there, `quota_exceeded` past what a user may have.
 */
export async function createSession(
  { store, clock, workspaces, quotas }: Pick<SessionDeps, 'store' | 'clock' | 'workspaces' | 'quotas'>,
  { actor, params, identity }: NewSession,
): Promise<CreatedSession> {
  const { userId: ownerId } = actor;
  const agentSessionId = randomUUID();
  const answer = await store.transaction(async (transaction) => {
    if (identity) await claimRequest(transaction, identity);
    await assertMayStore(transaction, ownerId, quotas);
    const { agent, environmentId } = await resolveSessionDefinition(transaction, actor, params);
    const created = await transaction.sessions.create({
      id: createId('sesn', clock.now()),
      ownerId,
      agentId: agent.id,
      agentVersion: agent.version,
      agent,
      environmentId,
      permissionMode: params.permission_mode ?? 'default',
      agentSessionId,
      title: params.title ?? null,
      titleSource: params.title == null ? null : 'user',
      model: params.model === undefined || params.model === 'default' ? null : params.model,
      metadata: params.metadata ?? {},
    });
    const first = { session: toResource(created, 'none'), last_seq: created.lastSeq };
    if (identity) await transaction.idempotency.complete(identity, first);
    return first;
  });
  await workspaces.of(agentSessionId).link(answer.session.id);
  return answer;
}
