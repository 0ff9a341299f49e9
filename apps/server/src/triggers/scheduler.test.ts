import { CspError } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import type { Actor, Role } from '../identity/actor.ts';
import { toStopError } from '../stops/stop-error.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { DeploymentContent } from './deployment-content.ts';
import { RunDesk, type RunDeskDeps } from './run-desk.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

const START = Date.parse('2026-11-30T08:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AGENT = 'agent_1';
const STOP = { id: 'stop_1', targetId: '', reason: 'Bills', createdBy: 'op', createdAt: '2026-11-30T08:00:00.000Z' };

/** Makes a session for each id of a request once, as the real ones do, and fails as it is told. */
function createSessions() {
  const made = new Map<string, { id: string; actor: Actor }>();
  const failures: Error[] = [];
  const sessions: RunDeskDeps['sessions'] = {
    async create(actor, _params, { requestId = '' } = {}) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const session = made.get(requestId) ?? { id: `sesn_${made.size + 1}`, actor };
      made.set(requestId, session);
      return { session: { id: session.id }, last_seq: 0 } as never;
    },
    send: () => Promise.reject(new Error('Nothing is sent')),
  };
  return { sessions, made, failures };
}

interface Stage extends AsyncDisposable {
  store: Store;
  scheduler: Scheduler;
  /** Of another server on the same store. */
  other: Scheduler;
  clock: { ms: number };
  roles: Map<string, Role>;
  told: string[];
  failures: Error[];
  made: ReturnType<typeof createSessions>['made'];
  desk: RunDesk;
  /** What was due at each run, oldest first. */
  listDue(): Promise<string[]>;
  find(): Promise<{ pausedReason: unknown; failures: number; nextRunAt: string | null } | undefined>;
}

/** A deployment that runs at each hour, of a user who may. */
async function openStage(): Promise<Stage> {
  const clock = { ms: START };
  const now = () => clock.ms;
  const store = await openStore({ url: 'sqlite::memory:', nowMs: now, leaseNowMs: now });
  const { sessions, made, failures } = createSessions();
  const roles = new Map<string, Role>([['ann', 'user']]);
  const told: string[] = [];
  const metrics = createMetrics();
  const deps = {
    ...{ store, sessions, metrics, clock: { now }, logger: { warn: () => undefined, error: () => undefined } },
    findActiveRoles: async () => roles,
    findUsers: async () => new Map([['ann', { id: 'ann', name: 'Ann', email: 'ann@example.com' }]]),
    audit: { record: async () => undefined },
    news: {
      putChange: async (action: string) => void told.push(action),
      putRun: async (outcome: string) => void told.push(outcome),
      tellOwner: (ownerId: string) => void told.push(`push to ${ownerId}`),
      wake: () => undefined,
    },
    tokens: { put: () => Promise.resolve(), addTo: () => Promise.resolve([]) },
  };
  for (const repository of [store.agents, store.environments])
    await repository.put({
      id: repository === store.agents ? AGENT : 'env_1',
      name: 'A',
      definition: {},
      ownerId: 'ann',
    });
  const content: DeploymentContent = {
    ...{ description: null, metadata: {}, vaultIds: [], budget: null, webhook: null },
    initialEvents: [{ type: 'user.message', content: [{ type: 'text', text: 'Go' }] }],
    schedule: { expression: '0 * * * *', timezone: 'UTC' },
  };
  await store.deployments.create({
    ...{
      id: 'depl_1',
      ownerId: 'ann',
      name: 'Hourly',
      agentId: AGENT,
      agentVersion: 1,
      environmentId: 'env_1',
      content,
    },
    nextRunAt: new Date(START + HOUR).toISOString(),
  });
  const desk = new RunDesk(deps);
  const [scheduler, other] = [0, 1].map(() => createScheduler({ ...deps, desk, retentionDays: 1 })) as [
    Scheduler,
    Scheduler,
  ];
  return {
    ...{ store, scheduler, other, clock, roles, told, failures, made, desk },
    async listDue() {
      const { runs } = await store.deploymentRuns.list({ ownerId: 'ann', limit: 50 });
      return runs.map(({ triggerKey }) => triggerKey.slice('schedule '.length + 11, -8)).toReversed();
    },
    find: () => store.deployments.find('depl_1'),
    async [Symbol.asyncDispose]() {
      await Promise.all([scheduler.close(), other.close()]);
      metrics.close();
      await store.close();
    },
  };
}

it('runs once at each time, whichever of two servers looks first, and catches up once what was missed', async () => {
  await using stage = await openStage();
  const { clock, scheduler, other, listDue, made } = stage;
  const look = () => Promise.all([scheduler.look(), other.look()]);
  await look();
  expect(await listDue()).toEqual([]);
  clock.ms = START + HOUR;
  await look();
  await look();
  expect(await listDue()).toEqual(['09:00']);
  // No server ran for five hours and a half.
  clock.ms = START + 6.5 * HOUR;
  await look();
  expect(await listDue()).toEqual(['09:00', '14:00']);
  // Somebody sets the clock back by an hour, and forward again.
  clock.ms -= HOUR;
  await look();
  clock.ms += HOUR + 10 * MINUTE;
  await look();
  expect(await listDue()).toEqual(['09:00', '14:00']);
  clock.ms = START + 7 * HOUR;
  await look();
  expect(await listDue()).toEqual(['09:00', '14:00', '15:00']);
  expect([...made.values()].map(({ id, actor }) => [id, actor.userId, actor.via])).toEqual([
    ...[
      ['sesn_1', 'ann', 'deployment'],
      ['sesn_2', 'ann', 'deployment'],
      ['sesn_3', 'ann', 'deployment'],
    ],
  ]);
  // Runs of the day before are forgotten.
  clock.ms = START + 40 * HOUR;
  await look();
  await look();
  expect(await listDue()).toEqual(['00:00']);
});

it('goes on with the run of a server that died after the session was made, without making a second one', async () => {
  await using stage = await openStage();
  const { store, clock, desk, scheduler, made } = stage;
  const deployment = (await store.deployments.find('depl_1')) as never;
  const run = await desk.claim(store, deployment, {
    type: 'schedule',
    key: 'schedule x',
    by: { type: 'system', id: null },
  });
  // All that it did but for the last step.
  await stage.desk.perform({ ...run, id: run?.id ?? '' } as never);
  await store.database
    .updateTable('deployment_runs')
    .set({
      state: 'pending',
      session_id: null,
      task: JSON.stringify(run?.task),
      busy_until: new Date(clock.ms + MINUTE).toISOString(),
    })
    .execute();
  await scheduler.look();
  expect((await store.deploymentRuns.find(run?.id ?? ''))?.state).toBe('pending');
  clock.ms += MINUTE;
  await scheduler.look();
  expect(await store.deploymentRuns.find(run?.id ?? '')).toMatchObject({
    state: 'started',
    sessionId: 'sesn_1',
    attempts: 2,
  });
  expect(made.size).toBe(1);
});

it('tries again what may pass, and then says why it failed without a pause', async () => {
  await using stage = await openStage();
  const { clock, scheduler, failures, store } = stage;
  failures.push(...Array.from({ length: 6 }, () => new CspError('overloaded', 'No places')));
  clock.ms = START + HOUR;
  await scheduler.look();
  expect((await store.deploymentRuns.list({ ownerId: 'ann', limit: 1 })).runs).toEqual([]);
  for (const seconds of [10, 20, 40, 80]) {
    clock.ms += seconds * 1000 - 1;
    await scheduler.look();
    clock.ms += 1;
    await scheduler.look();
  }
  const [run] = (await store.deploymentRuns.list({ ownerId: 'ann', limit: 1 })).runs;
  expect(run).toMatchObject({
    state: 'failed',
    attempts: 5,
    error: { type: 'session_rate_limited_error', message: 'No places' },
  });
  expect(failures).toHaveLength(1);
  expect(await stage.find()).toMatchObject({ pausedReason: null, failures: 1 });

  failures.splice(0, 1, toStopError({ ...STOP, scope: 'platform' }));
  clock.ms = START + 2 * HOUR;
  await scheduler.look();
  const [stopped] = (await store.deploymentRuns.list({ ownerId: 'ann', limit: 1 })).runs;
  const message = 'An operator has stopped all agents: Bills. The schedule runs again at its next time';
  expect(stopped).toMatchObject({ state: 'failed', error: { type: 'session_rate_limited_error', message } });
  expect(await stage.find()).toMatchObject({ pausedReason: null });
});

it('pauses a deployment whose owner is locked at once, and one whose agent was taken from them after three runs', async () => {
  await using stage = await openStage();
  const { clock, scheduler, roles, store, told } = stage;
  const lookAt = async (hour: number) => {
    clock.ms = START + hour * HOUR;
    await scheduler.look();
    return stage.find();
  };
  roles.delete('ann');
  const reason = { type: 'error', error: { type: 'organization_disabled_error' } };
  expect(await lookAt(1)).toMatchObject({ pausedReason: reason, nextRunAt: null });
  expect(told).toEqual(['failed', 'deployment.pause', 'push to ann']);
  await lookAt(2);
  expect(told).toHaveLength(3);

  roles.set('ann', 'user');
  const { version = 0 } = (await store.deployments.find('depl_1')) ?? {};
  const nextRunAt = new Date(START + 3 * HOUR).toISOString();
  await store.deployments.update('depl_1', version, { pausedReason: null, failures: 0, nextRunAt });
  await store.agents.giveTo('ann', 'bob');
  expect(await lookAt(3)).toMatchObject({ pausedReason: null, failures: 1 });
  expect(await lookAt(4)).toMatchObject({ pausedReason: null, failures: 2 });
  expect(await lookAt(5)).toMatchObject({ pausedReason: { type: 'error', error: { type: 'unknown_error' } } });
  const { runs } = await store.deploymentRuns.list({ ownerId: 'ann', limit: 1 });
  expect(runs).toMatchObject([{ error: { message: 'The owner may not use the agent agent_1 any more' } }]);
});
