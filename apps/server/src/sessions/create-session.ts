import { randomUUID } from 'node:crypto';

import { createId, type SessionCreateParams } from '@claude-sdk-pattern/protocol';

import { linkWorkspace, toSessionDirs } from '../agent-process/session-dirs.ts';
import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Session } from '../store/sessions.ts';
import { claimRequest, type RequestIdentity } from './request-identity.ts';
import type { SessionDeps } from './session-deps.ts';

export interface NewSession {
  ownerId: string;
  params: SessionCreateParams;
  /** By which the request is known when it comes again. */
  identity: RequestIdentity | undefined;
}

/**
 * Stores a new session, with the request that asked for it. Where that was done before nothing is stored, and what is
 * thrown holds the first answer, see `rethrowUnlessAnswered`.
 * @throws CspError `not_found` for an agent or an environment that is not there.
 */
export async function createSession(
  { store, clock, dataDir }: Pick<SessionDeps, 'store' | 'clock' | 'dataDir'>,
  { ownerId, params, identity }: NewSession,
): Promise<Session> {
  const session = await store.transaction(async (transaction) => {
    if (identity) await claimRequest(transaction, identity);
    const { agent, environmentId } = await resolveSessionDefinition(transaction, { userId: ownerId }, params);
    const created = await transaction.sessions.create({
      id: createId('sesn', clock.now()),
      ownerId,
      agentId: agent.id,
      agentVersion: agent.version,
      agent,
      environmentId,
      permissionMode: params.permission_mode ?? 'default',
      agentSessionId: randomUUID(),
      title: params.title ?? null,
      titleSource: params.title == null ? null : 'user',
      model: params.model === undefined || params.model === 'default' ? null : params.model,
      metadata: params.metadata ?? {},
    });
    if (identity) await transaction.idempotency.complete(identity, { session_id: created.id });
    return created;
  });
  await linkWorkspace(dataDir, session.id, toSessionDirs(dataDir, session.agentSessionId));
  return session;
}
