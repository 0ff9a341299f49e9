import { createId, CspError, type SessionCreateParams, type UserEventParams } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import { SYSTEM, toFactActor, type FactActor } from '../audit/fact.ts';
import { SCOPES, type Actor, type Role } from '../identity/actor.ts';
import type { Clock } from '../lib/clock.ts';
import type { SessionDeps } from '../sessions/session-deps.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { NewRun, RunTrigger, StoredRun } from '../store/deployment-runs.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { TriggerMetrics } from '../telemetry/trigger-metrics.ts';
import { findNextRun, toDeployment, toTriggerKey, type Deployment } from './deployment-content.ts';
import type { DeploymentMount, DeploymentTokens } from './deployment-repositories.ts';
import { findPauseReason, findProblem, isPassing, toRunError, type RunError } from './run-errors.ts';
import type { TriggerNews } from './trigger-news.ts';

/** What a run does. It is stored with the run, so that another server does exactly the same. */
type RunTask =
  | { type: 'create'; params: SessionCreateParams; mounts?: DeploymentMount[] }
  | { type: 'send'; sessionId: string; events: UserEventParams[] };

export interface RunDeskDeps {
  store: Pick<Store, 'deployments' | 'deploymentRuns' | 'agents' | 'environments' | 'vaults' | 'transaction'>;
  sessions: Pick<SessionService, 'create' | 'send'>;
  findActiveRoles(userIds: readonly string[]): Promise<Map<string, Role>>;
  findUsers: SessionDeps['findUsers'];
  audit: Pick<AuditRecorder, 'record'>;
  news: TriggerNews;
  tokens: DeploymentTokens;
  metrics: TriggerMetrics;
  clock: Clock;
  logger: Pick<Logger, 'warn' | 'error'>;
}

export interface Trigger {
  type: RunTrigger;
  key: string;
  /** What is sent after the initial events. */
  added?: UserEventParams[];
  /** Sends to this session instead of making one. */
  sessionId?: string | null;
  by: FactActor;
}

/** Long against the creation of a session. Then another server takes the run, and the creation happens once all the same. */
export const BUSY_MS = 60_000;
/** 10, 20, 40 and 80 s between them. */
const MAX_ATTEMPTS = 5;
const FIRST_DELAY_MS = 10_000;
/** The ids of requests are kept for two days: an older run might make a second session. */
const MAX_AGE_MS = 24 * 60 * 60_000;

/** Makes runs and does them: each at most once, also when a server dies in the middle. */
export class RunDesk {
  readonly #deps: RunDeskDeps;

  constructor(deps: RunDeskDeps) {
    this.#deps = deps;
  }

  /** In a transaction; then call `perform`. Undefined when the deployment has a run with that key. */
  async claim(
    { deploymentRuns }: Pick<StoreTransaction, 'deploymentRuns'>,
    deployment: Deployment,
    { type, key, added = [], sessionId = null }: Trigger,
  ): Promise<StoredRun | undefined> {
    const { id: deploymentId, ownerId, agentId, agentVersion } = deployment;
    const run: NewRun = {
      ...{ id: createId('drun', this.#deps.clock.now()), deploymentId, ownerId, agentId, agentVersion },
      ...{ triggerType: type, triggerKey: key, task: toTask(deployment, { added, sessionId }) },
    };
    return deploymentRuns.claim(run, BUSY_MS);
  }

  /**
   * Runs it now, for whoever asks.
   * @param requestId the same id answers with the same run
   */
  async runNow(actor: Actor, deployment: Deployment, requestId: string | undefined): Promise<StoredRun> {
    const key = toTriggerKey.manual(requestId ?? createId('req'));
    const { deploymentRuns } = this.#deps.store;
    const run = await this.claim({ deploymentRuns }, deployment, { type: 'manual', key, by: toFactActor(actor) });
    if (run !== undefined) return this.perform(run, { by: toFactActor(actor), isLastAttempt: true });
    const before = await deploymentRuns.findByKey(deployment.id, key);
    if (before !== undefined && before.state !== 'pending') return before;
    throw new CspError(
      'state_conflict',
      `A run of ${deployment.id} with this idempotency-key is under way. Ask again in a moment`,
    );
  }

  /** Does a claimed run, and answers with it as it is then: `pending` where it is tried again later. */
  async perform(
    run: StoredRun,
    { by = SYSTEM, isLastAttempt = run.attempts >= MAX_ATTEMPTS }: { by?: FactActor; isLastAttempt?: boolean } = {},
  ): Promise<StoredRun> {
    const { store, logger } = this.#deps;
    const stored = await store.deployments.find(run.deploymentId);
    if (stored === undefined) return run;
    const deployment = toDeployment(stored);
    try {
      const sessionId = await this.#start(run, deployment);
      return typeof sessionId === 'string'
        ? await this.#finish(run, { deployment, by, sessionId })
        : await this.#finish(run, { deployment, by, error: sessionId });
    } catch (error) {
      if (isPassing(error) && !isLastAttempt) {
        await store.deploymentRuns.putBack(run.id, FIRST_DELAY_MS * 2 ** (run.attempts - 1));
        logger.warn({ err: error, run_id: run.id, attempts: run.attempts }, 'a run is tried again');
        return run;
      }
      if (!(error instanceof CspError)) logger.error({ err: error, run_id: run.id }, 'a run failed');
      return this.#finish(run, { deployment, by, error: toRunError(error, run.triggerType) });
    }
  }

  /** The id of the session, or why there is none. Done again, it answers with the session of the first time. */
  async #start(run: StoredRun, deployment: Deployment): Promise<string | RunError> {
    const { sessions, store, clock, tokens } = this.#deps;
    if (clock.now() - Date.parse(run.createdAt) > MAX_AGE_MS)
      return { type: 'unknown_error', message: 'No server could do this run within a day' };
    const owner = await this.#findOwner(deployment);
    if (owner === undefined)
      return { type: 'organization_disabled_error', message: 'The account of the owner is locked or removed' };
    const task = run.task as RunTask;
    const requestId = `deployment_run/${run.id}`;
    if (task.type === 'send') {
      await sessions.send(owner, task.sessionId, { events: task.events, requestId });
      return task.sessionId;
    }
    const problem = await findProblem(store, owner, deployment);
    if (problem !== undefined) return problem;
    const resources = await tokens.addTo(deployment.id, task.mounts ?? []);
    const params = resources.length === 0 ? task.params : { ...task.params, resources };
    const { session } = await sessions.create(owner, params, { requestId, deploymentId: deployment.id });
    return session.id;
  }

  /** The owner with the role of this moment; undefined while their account is locked, and when it is gone. */
  async #findOwner({ id, ownerId }: Deployment): Promise<Actor | undefined> {
    const [roles, users] = [await this.#deps.findActiveRoles([ownerId]), await this.#deps.findUsers([ownerId])];
    const [role, user] = [roles.get(ownerId), users.get(ownerId)];
    if (role === undefined || user === undefined) return undefined;
    const { name, email } = user;
    const credential = {
      via: 'deployment',
      credentialId: id,
      scopes: SCOPES,
      apiKeyId: null,
      keyMadeBy: null,
    } as const;
    return { ...{ userId: ownerId, name, email, role }, ...credential };
  }

  /** Stores what came of it, with what follows from that. */
  async #finish(
    run: StoredRun,
    outcome: { deployment: Deployment; by: FactActor } & ({ sessionId: string } | { error: RunError }),
  ): Promise<StoredRun> {
    const { store, audit, news, metrics, logger } = this.#deps;
    const { deployment, by } = outcome;
    const error = 'error' in outcome ? outcome.error : null;
    const sessionId = 'sessionId' in outcome ? outcome.sessionId : null;
    const result = error === null ? 'started' : 'failed';
    const finished = await store.transaction(async (transaction) => {
      const { deploymentRuns, deployments } = transaction;
      const isFirst = await deploymentRuns.finish(run.id, sessionId === null ? { error } : { sessionId });
      if (!isFirst) return { isFirst, failures: 0 };
      const details = {
        ...{ run_id: run.id, trigger: run.triggerType, session_id: sessionId },
        ...(error && { error: error.type }),
      };
      const target = { type: 'deployment', id: deployment.id } as const;
      await audit.record(
        { actor: by, action: 'deployment.run', target, outcome: error ? 'failure' : 'success', details },
        transaction,
      );
      await news.putRun(error ? 'failed' : 'succeeded', { ...run, sessionId }, transaction);
      return { isFirst, failures: await deployments.noteOutcome(deployment.id, result) };
    });
    if (finished.isFirst) {
      metrics.triggerRuns.inc({ trigger: run.triggerType, outcome: result });
      if (error !== null) {
        logger.warn({ run_id: run.id, deployment_id: deployment.id, error }, 'a deployment could not run');
        const wasPaused = await this.#pauseAfter(error, deployment.id, finished.failures);
        // Not again at each run that fails: the page has them.
        if (wasPaused || finished.failures === 1) news.tellOwner(deployment.ownerId);
      }
      news.wake();
    }
    return (await store.deploymentRuns.find(run.id)) ?? run;
  }

  /** Whether it did. */
  async #pauseAfter(error: RunError, deploymentId: string, failures: number): Promise<boolean> {
    const { store, audit, news, logger, clock } = this.#deps;
    const pausedReason = findPauseReason(error, failures);
    if (pausedReason === undefined) return false;
    const wasPaused = await store.transaction(async (transaction) => {
      const stored = await transaction.deployments.find(deploymentId);
      if (stored === undefined || stored.pausedReason !== null || stored.archivedAt !== null) return false;
      await transaction.deployments.update(deploymentId, stored.version, {
        pausedReason,
        nextRunAt: findNextRun({ ...toDeployment(stored), pausedReason }, clock.now()),
      });
      const target = { type: 'deployment', id: deploymentId } as const;
      const details = { error: error.type, failures };
      await audit.record({ actor: SYSTEM, action: 'deployment.pause', target, details }, transaction);
      await news.putChange('deployment.pause', deploymentId, transaction);
      return true;
    });
    if (wasPaused)
      logger.warn({ deployment_id: deploymentId, failures }, 'a deployment was paused because its runs failed');
    return wasPaused;
  }
}

function toTask(
  { name, agentId, agentVersion, environmentId, content }: Deployment,
  { added, sessionId }: { added: UserEventParams[]; sessionId: string | null },
): RunTask {
  const events = [...content.initialEvents, ...added];
  if (sessionId !== null) return { type: 'send', sessionId, events };
  return {
    type: 'create',
    params: {
      title: name.slice(0, MAX_TITLE_CHARS),
      agent: { type: 'agent', id: agentId, version: agentVersion },
      ...{ environment_id: environmentId, vault_ids: content.vaultIds },
      initial_events: events as NonNullable<SessionCreateParams['initial_events']>,
      ...(content.budget !== null && { budget: content.budget }),
    },
    ...(content.resources && { mounts: content.resources }),
  };
}

/** Of a session. */
const MAX_TITLE_CHARS = 200;
