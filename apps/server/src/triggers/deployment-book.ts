import { createId, CspError } from '@claude-sdk-pattern/protocol';
import type {
  DeploymentCreateParams,
  DeploymentResource,
  DeploymentRunResource,
  DeploymentUpdateParams,
} from '@claude-sdk-pattern/protocol/v1';

import { findVisibleOwner } from '../access/find-visible-owner.ts';
import { getPermitted } from '../access/get-permitted.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, toKeyDetails, type AuditAction } from '../audit/fact.ts';
import { DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import { mergeMetadata } from '../definitions/merge-metadata.ts';
import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Actor } from '../identity/actor.ts';
import type { Clock } from '../lib/clock.ts';
import { checkUserEvents } from '../sessions/check-user-events.ts';
import { readBudget } from '../sessions/session-budget.ts';
import type { SessionDeps } from '../sessions/session-deps.ts';
import type { RunListOptions } from '../store/deployment-runs.ts';
import type { DeploymentListOptions, StoredDeployment } from '../store/deployments.ts';
import type { Repositories, Store, StoreTransaction } from '../store/port.ts';
import { toNewResources } from '../sessions/resources/new-resources.ts';
import { assertUsableVaults } from '../vaults/assert-usable-vaults.ts';
import { assertSchedule } from './cron/occurrences.ts';
import {
  findNextRun,
  toDeployment,
  toDeploymentResource,
  toRunResource,
  type Deployment,
  type DeploymentContent,
} from './deployment-content.ts';
import { toMounts, type DeploymentTokens } from './deployment-repositories.ts';
import type { TriggerNews } from './trigger-news.ts';

export interface DeploymentBookDeps {
  store: Pick<
    Store,
    'deployments' | 'deploymentRuns' | 'agents' | 'environments' | 'skills' | 'vaults' | 'transaction'
  >;
  audit: Pick<AuditRecorder, 'record'>;
  news: TriggerNews;
  tokens: DeploymentTokens;
  plugins: SessionDeps['plugins'];
  files: SessionDeps['files'];
  mounting: Pick<SessionDeps['mounting'], 'folderGrants' | 'localFolders' | 'findAddressProblem'>;
  budgets: Pick<SessionDeps['budgets'], 'hasPrice'>;
  defaultModel: string | undefined;
  assertActive: SessionDeps['assertActive'];
  clock: Clock;
  /** A schedule may be due earlier now. */
  onScheduled(): void;
}

/** As the official API bounds those of an organization. */
const MAX_DEPLOYMENTS_OF_USER = 1000;
/** Those that run by themselves, at most once a minute each. */
const MAX_ACTIVE_SCHEDULES_OF_USER = 100;

/**
 * A person's deployments. Nobody else knows of them: methods throw `not_found` for those of others, and `invalid_request` where an
 * archived one is to be changed.
 *
 * Over 100 lines: one method for each thing that may be done with a deployment.
 */
export class DeploymentBook {
  readonly #deps: DeploymentBookDeps;

  constructor(deps: DeploymentBookDeps) {
    this.#deps = deps;
  }

  /** @throws CspError as the creation of a session, `quota_exceeded` */
  async create(actor: Actor, params: DeploymentCreateParams): Promise<DeploymentResource> {
    const { clock, assertActive, onScheduled, tokens } = this.#deps;
    const content: DeploymentContent = {
      ...{ description: params.description || null, metadata: params.metadata ?? {}, webhook: null },
      ...{ initialEvents: params.initial_events, vaultIds: params.vault_ids ?? [], budget: params.budget ?? null },
      schedule: toSchedule(params.schedule),
      resources: toMounts(params.resources ?? []),
    };
    await this.#checkResources(actor, params.resources);
    const pinned = await this.#pin(actor, params.agent, params.environment_id ?? DEFAULT_ENVIRONMENT_ID);
    await this.#check(actor, content, pinned.model);
    const nextRunAt = findNextRun({ content, pausedReason: null, archivedAt: null }, clock.now());
    const made = await this.#change(actor, 'deployment.create', async (transaction) => {
      await assertActive(transaction.database, actor.userId);
      if ((await transaction.deployments.count(actor.userId)) >= MAX_DEPLOYMENTS_OF_USER)
        throw new CspError('quota_exceeded', `You have ${MAX_DEPLOYMENTS_OF_USER} deployments already. Archive one`, {
          details: { limit: MAX_DEPLOYMENTS_OF_USER },
        });
      if (nextRunAt !== null) await assertScheduleFits(transaction, actor.userId);
      const id = createId('depl', clock.now());
      await tokens.put(transaction.secrets, id, { before: [], params: params.resources ?? [] });
      return transaction.deployments.create({
        ...{ id, ownerId: actor.userId, name: params.name, content, nextRunAt },
        ...{ agentId: pinned.agentId, agentVersion: pinned.agentVersion, environmentId: pinned.environmentId },
      });
    });
    onScheduled();
    return made;
  }

  async get(actor: Actor, id: string): Promise<DeploymentResource> {
    const found = await findDeployment(this.#deps.store, actor, { action: 'deployment.read', id });
    return toDeploymentResource(found, this.#deps.clock.now());
  }

  async list(actor: Actor, options: Omit<DeploymentListOptions, 'ownerId'>) {
    const ownerId = findVisibleOwner(actor, 'deployment.read');
    const { deployments, nextCursor } = await this.#deps.store.deployments.list({ ...options, ownerId });
    const nowMs = this.#deps.clock.now();
    const data = deployments.map((each) => toDeploymentResource(toDeployment(each), nowMs));
    return { data, next_page: nextCursor };
  }

  async update(actor: Actor, id: string, params: DeploymentUpdateParams): Promise<DeploymentResource> {
    const { store, clock, onScheduled, tokens } = this.#deps;
    const before = await findChangeable(store, actor, id);
    await this.#checkResources(actor, params.resources);
    const content = updateContent(before.content, params);
    const isPinned = params.agent !== undefined || params.environment_id !== undefined;
    const agent = params.agent ?? { type: 'agent', id: before.agentId, version: before.agentVersion };
    const pinned = isPinned ? await this.#pin(actor, agent, params.environment_id ?? before.environmentId) : undefined;
    const model = params.budget == null ? undefined : await this.#findModel(before, pinned?.model);
    await this.#check(
      actor,
      {
        schedule: params.schedule === undefined ? null : content.schedule,
        ...{
          initialEvents: params.initial_events ?? [],
          vaultIds: params.vault_ids ?? [],
          budget: params.budget ?? null,
        },
      },
      model,
    );
    const hasNewSchedule = params.schedule !== undefined;
    const nextRunAt = hasNewSchedule ? findNextRun({ ...before, content }, clock.now()) : undefined;
    const changed = await this.#change(actor, 'deployment.update', async (transaction) => {
      if (before.nextRunAt === null && nextRunAt != null) await assertScheduleFits(transaction, before.ownerId);
      if (params.resources !== undefined)
        await tokens.put(transaction.secrets, id, {
          before: before.content.resources ?? [],
          params: params.resources ?? [],
        });
      return putChange(transaction, before, {
        ...(params.name !== undefined && { name: params.name }),
        ...(pinned && { agentId: pinned.agentId, agentVersion: pinned.agentVersion }),
        ...(pinned && { environmentId: pinned.environmentId }),
        ...(nextRunAt !== undefined && { nextRunAt }),
        content,
      });
    });
    onScheduled();
    return changed;
  }

  /** Its schedule and its webhook start nothing until it goes on; it can still be run by hand. */
  async pause(actor: Actor, id: string): Promise<DeploymentResource> {
    const before = await findChangeable(this.#deps.store, actor, id);
    if (before.pausedReason !== null) return toDeploymentResource(before, this.#deps.clock.now());
    return this.#change(actor, 'deployment.pause', (transaction) =>
      putChange(transaction, before, { pausedReason: { type: 'manual' }, nextRunAt: null }),
    );
  }

  /** What was due while it was paused is not caught up. */
  async unpause(actor: Actor, id: string): Promise<DeploymentResource> {
    const { store, clock, onScheduled } = this.#deps;
    const before = await findChangeable(store, actor, id);
    if (before.pausedReason === null) return toDeploymentResource(before, clock.now());
    const nextRunAt = findNextRun({ ...before, pausedReason: null }, clock.now());
    const changed = await this.#change(actor, 'deployment.unpause', async (transaction) => {
      if (nextRunAt !== null) await assertScheduleFits(transaction, before.ownerId);
      return putChange(transaction, before, { pausedReason: null, failures: 0, nextRunAt });
    });
    onScheduled();
    return changed;
  }

  /** For ever. Its webhook is closed. */
  async archive(actor: Actor, id: string): Promise<DeploymentResource> {
    const { store, clock } = this.#deps;
    const before = await findDeployment(store, actor, { action: 'deployment.change', id });
    if (before.archivedAt !== null) return toDeploymentResource(before, clock.now());
    return this.#change(actor, 'deployment.archive', async (transaction) => {
      await transaction.secrets.deleteAll({ scope: 'deployment', ownerId: id });
      const content: DeploymentContent = { ...before.content, webhook: null };
      const archivedAt = new Date(clock.now()).toISOString();
      return putChange(transaction, before, { content, archivedAt, nextRunAt: null });
    });
  }

  /** @throws CspError `not_found`, also for a run that is not done */
  async getRun(actor: Actor, id: string): Promise<DeploymentRunResource> {
    const found = await this.#deps.store.deploymentRuns.find(id);
    const run = getPermitted(actor, 'deployment.read', { found, name: id });
    if (run.state === 'pending')
      throw new CspError('not_found', `The run ${id} is not done yet. Ask again in a moment`);
    return toRunResource(run);
  }

  async listRuns(actor: Actor, options: Omit<RunListOptions, 'ownerId'>) {
    const ownerId = findVisibleOwner(actor, 'deployment.read');
    const { runs, nextCursor } = await this.#deps.store.deploymentRuns.list({ ...options, ownerId });
    return { data: runs.map(toRunResource), next_page: nextCursor };
  }

  /** All that an account has, when it is removed: nobody else's sessions are to be made by it. */
  async removeAll(userId: string): Promise<void> {
    const { store } = this.#deps;
    for (const id of await store.deployments.listIds(userId)) {
      await store.transaction(async (transaction) => {
        await transaction.secrets.deleteAll({ scope: 'deployment', ownerId: id });
        await transaction.deployments.delete(id);
      });
    }
  }

  /** The agent with its version, and the environment. @throws CspError `not_found`, `invalid_request` */
  async #pin(actor: Actor, agent: DeploymentCreateParams['agent'], environmentId: string) {
    const { store, plugins } = this.#deps;
    const found = await resolveSessionDefinition({ store, plugins }, actor, { agent, environment_id: environmentId });
    const { id, version, model } = found.agent;
    return { agentId: id, agentVersion: version, environmentId: found.environmentId, model: model.id };
  }

  async #findModel(deployment: Deployment, pinned: string | undefined): Promise<string | undefined> {
    if (pinned !== undefined) return pinned;
    const agent = await this.#deps.store.agents.find(deployment.agentId, deployment.agentVersion);
    return (agent?.definition as { model?: { id?: string } } | undefined)?.model?.id;
  }

  /** @throws CspError `invalid_request`, `not_found` for what no session could mount */
  async #checkResources(actor: Actor, params: DeploymentUpdateParams['resources']): Promise<void> {
    const { files, mounting, clock } = this.#deps;
    const resources = { params: params ?? [], there: [] };
    await toNewResources({ ...mounting, files, now: () => clock.now() }, actor, resources);
  }

  /** Refuses now what every run would fail with. */
  async #check(
    actor: Actor,
    content: Pick<DeploymentContent, 'schedule' | 'initialEvents' | 'vaultIds' | 'budget'>,
    model: string | undefined,
  ): Promise<void> {
    const { files, store, budgets, defaultModel, clock } = this.#deps;
    if (content.schedule !== null) assertSchedule(content.schedule, clock.now());
    await checkUserEvents(files, actor, content.initialEvents);
    await assertUsableVaults(store, actor, content.vaultIds);
    if (content.budget !== null)
      readBudget(content.budget, { model: model === 'default' ? defaultModel : model, budgets });
  }

  async #change(
    actor: Actor,
    action: Extract<AuditAction, `deployment.${string}`>,
    work: (transaction: StoreTransaction) => Promise<StoredDeployment>,
  ): Promise<DeploymentResource> {
    const { store, audit, news, clock } = this.#deps;
    const changed = await store.transaction(async (transaction) => {
      const deployment = await work(transaction);
      await audit.record(
        {
          ...{ actor: toFactActor(actor), action, target: { type: 'deployment', id: deployment.id } },
          details: { agent_id: deployment.agentId, version: deployment.version, ...toKeyDetails(actor) },
        },
        transaction,
      );
      await news.putChange(action, deployment.id, transaction);
      return deployment;
    });
    news.wake();
    return toDeploymentResource(toDeployment(changed), clock.now());
  }
}

/** @throws CspError `not_found` */
export async function findDeployment(
  { deployments }: Pick<Repositories, 'deployments'>,
  actor: Actor,
  { action, id }: { action: 'deployment.read' | 'deployment.change' | 'deployment.run'; id: string },
): Promise<Deployment> {
  return toDeployment(getPermitted(actor, action, { found: await deployments.find(id), name: id }));
}

/** @throws CspError `not_found`, `invalid_request` for an archived one */
export async function findChangeable(
  store: Pick<Repositories, 'deployments'>,
  actor: Actor,
  id: string,
): Promise<Deployment> {
  const found = await findDeployment(store, actor, { action: 'deployment.change', id });
  assertNotArchived(found);
  return found;
}

/** @throws CspError `invalid_request` */
export function assertNotArchived({ id, archivedAt }: Deployment): void {
  if (archivedAt === null) return;
  throw new CspError('invalid_request', `${id} is archived. Make another deployment`);
}

/** @throws CspError `quota_exceeded` where one more schedule would be too many */
async function assertScheduleFits({ deployments }: Pick<Repositories, 'deployments'>, ownerId: string): Promise<void> {
  if ((await deployments.countScheduled(ownerId)) < MAX_ACTIVE_SCHEDULES_OF_USER) return;
  const text = `You have ${MAX_ACTIVE_SCHEDULES_OF_USER} active schedules already. Pause or archive one`;
  throw new CspError('quota_exceeded', text, { details: { limit: MAX_ACTIVE_SCHEDULES_OF_USER } });
}

/** @throws CspError `state_conflict` where somebody else has changed it meanwhile */
export async function putChange(
  { deployments }: Pick<Repositories, 'deployments'>,
  { id, version }: Deployment,
  patch: Parameters<Repositories['deployments']['update']>[2],
): Promise<StoredDeployment> {
  const changed = await deployments.update(id, version, patch);
  if (changed === undefined) throw new CspError('not_found', `There is no ${id}`);
  return changed;
}

function updateContent(before: DeploymentContent, params: DeploymentUpdateParams): DeploymentContent {
  return {
    ...before,
    ...(params.description !== undefined && { description: params.description || null }),
    metadata: mergeMetadata(before.metadata, params.metadata),
    ...(params.initial_events !== undefined && { initialEvents: params.initial_events }),
    ...(params.vault_ids !== undefined && { vaultIds: params.vault_ids ?? [] }),
    ...(params.resources !== undefined && { resources: toMounts(params.resources ?? []) }),
    ...(params.budget !== undefined && { budget: params.budget }),
    ...(params.schedule !== undefined && { schedule: toSchedule(params.schedule) }),
  };
}

function toSchedule(params: DeploymentUpdateParams['schedule']): DeploymentContent['schedule'] {
  return params ? { expression: params.expression, timezone: params.timezone } : null;
}
