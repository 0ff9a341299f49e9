import { randomUUID } from 'node:crypto';

import { createId, type SessionCreateParams, type SessionResource } from '@claude-sdk-pattern/protocol';
import type { SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';

import { toFactActor } from '../audit/fact.ts';
import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Actor } from '../identity/actor.ts';
import { assertUsableVaults } from '../vaults/assert-usable-vaults.ts';
import { assertMayStore } from './quotas.ts';
import { assertUnanswered, claimRequest, type RequestIdentity } from '../turns/request-identity.ts';
import { describeHeld, isDirect, takeFolder } from './resources/take-folder.ts';
import { toNewResources } from './resources/new-resources.ts';
import { readBudget, storeBudget } from './session-budget.ts';
import type { SessionDeps } from './session-deps.ts';
import { toResource } from './to-resource.ts';

export interface NewSession {
  /** The owner of the new session. */
  actor: Actor;
  params: SessionCreateParams;
  /** The identity under which a repeated request is recognised. */
  identity: RequestIdentity | undefined;
  /** What makes it, if it is not a person or a program. */
  deploymentId?: string | undefined;
}

/** The new session, which is also the answer to a repeated request. */
export interface CreatedSession {
  session: SessionResource;
  last_seq: number;
}

/**
 * Stores a new session together with the id of its request. For a repeated request nothing is stored, and the error
 * holds the first answer, see `rethrowUnlessAnswered`.
 * @throws CspError `not_found` for an unknown agent, environment or vault, `invalid_request` for an archived vault, `quota_exceeded` when the user has too many
 * sessions, `permission_denied` when their account was locked or removed meanwhile.
 */
export async function createSession(
  deps: Pick<
    SessionDeps,
    | 'store'
    | 'audit'
    | 'clock'
    | 'workspaces'
    | 'quotas'
    | 'plugins'
    | 'assertActive'
    | 'budgets'
    | 'defaultModel'
    | 'files'
    | 'mounting'
    | 'findUsers'
  >,
  { actor, params, identity, deploymentId }: NewSession,
): Promise<CreatedSession> {
  const { store, audit, clock, workspaces, quotas, plugins } = deps;
  const { userId: ownerId } = actor;
  const agentSessionId = randomUUID();
  const asked = params.resources ?? [];
  // What they name may have changed since the first answer.
  if (identity && asked.length > 0) await assertUnanswered(store, identity);
  const resources = await toNewResources({ ...deps.mounting, files: deps.files, now: () => clock.now() }, actor, {
    ...{ params: asked, there: [] },
  });
  const answer = await store
    .transaction(async (transaction) => {
      if (identity) await claimRequest(transaction, identity);
      await assertMayStore(transaction, ownerId, quotas);
      await deps.assertActive(transaction.database, ownerId);
      const { agent, environmentId } = await resolveSessionDefinition({ store: transaction, plugins }, actor, params);
      const ownModel = params.model === undefined || params.model === 'default' ? null : params.model;
      const model = ownModel ?? agent.model.id;
      const budgetMicroUsd =
        params.budget == null
          ? null
          : readBudget(params.budget, {
              model: model === 'default' ? deps.defaultModel : model,
              budgets: deps.budgets,
            });
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
        model: ownModel,
        budgetMicroUsd,
        metadata: params.metadata ?? {},
        ...(deploymentId !== undefined && { deploymentId }),
        vaultIds: await assertUsableVaults(transaction, actor, params.vault_ids ?? []),
        resources: resources.map(({ item }) => item),
      });
      for (const { item, token } of resources)
        if (token !== undefined) await deps.mounting.credentials.put(transaction.secrets, created.id, item.id, token);
      for (const { item } of resources)
        if (isDirect(item)) await takeFolder(transaction, item, { sessionId: created.id, nowMs: clock.now() });
      await storeBudget(transaction, created);
      await audit.record(
        {
          ...{ actor: toFactActor(actor), action: 'session.create', target: { type: 'session', id: created.id } },
          details: {
            permission_mode: created.permissionMode,
            model: created.model,
            agent_id: agent.id,
            agent_version: agent.version,
            environment_id: environmentId,
            ...(deploymentId !== undefined && { deployment_id: deploymentId }),
            ...(budgetMicroUsd !== null && { budget_micro_usd: budgetMicroUsd }),
            ...(resources.length > 0 && { resources: resources.map(({ item }) => toFactText(item)) }),
            ...(created.vaultIds.length > 0 && { vault_ids: created.vaultIds }),
          },
        },
        transaction,
      );
      const first = { session: toResource(created, 'none'), last_seq: created.lastSeq };
      if (identity) await transaction.idempotency.complete(identity, first);
      return first;
    })
    .catch(async (error: unknown) => {
      throw await describeHeld(deps, error, ownerId);
    });
  await workspaces.of(agentSessionId).link(answer.session.id);
  return answer;
}

function toFactText(item: SessionResourceItem): string {
  if (item.type === 'local_folder') return `${item.path} (${item.mode})`;
  return item.type === 'file' ? item.file_id : item.url;
}
