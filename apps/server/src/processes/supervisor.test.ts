import { until } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import { startFixture } from '../hosts/fixtures/start-fixture.ts';
import { createProcReader } from '../hosts/proc/proc-reader.ts';
import type { SupervisorAction } from './decide-action.ts';
import { Supervisor, type ProcessOwner } from './supervisor.ts';

const MB = 1024 * 1024;

/** A supervisor of a host of its own. */
function watch(options: { maxRssMb?: number; maxDurationSeconds?: number } = {}) {
  const owners: ProcessOwner[] = [];
  const actions: { sessionId: string | null; action: SupervisorAction }[] = [];
  let addedSeconds = 0;
  const proc = createProcReader();
  const opened = openTestHost({ proc: { ...proc, uptimeSeconds: () => proc.uptimeSeconds() + addedSeconds } });
  const supervisor = new Supervisor({
    host: opened.host,
    limits: {
      maxRssBytes: (options.maxRssMb ?? 4096) * MB,
      maxDurationSeconds: options.maxDurationSeconds ?? 3600,
    },
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    logger: pino({ level: 'silent' }),
    listOwners: () => owners,
    onAction: ({ sessionId }, action) => actions.push({ sessionId, action }),
  });
  onTestFinished(async () => {
    await supervisor.close();
    await opened[Symbol.asyncDispose]();
  });
  const start = async (...args: string[]) => (await startFixture(opened.host, 'family', { args })).hosted;
  const own = ({ id }: { id: string }, sessionId: string | null = 'sesn_1') =>
    owners.push({ id, sessionId, isWorking: false });
  return {
    supervisor,
    owners,
    actions,
    start,
    /** Makes every process older than it is. */
    grow: (seconds: number) => (addedSeconds += seconds),
    own,
    /** Starts a process that a session owns. */
    startOwned: async (...args: string[]) => own(await start(...args)),
  };
}

it('remembers samples of each process, with who owns it', async () => {
  const { supervisor, startOwned } = watch();
  await startOwned('allocate:10');
  await supervisor.sweep();
  await supervisor.sweep();
  expect(supervisor.trees).toMatchObject([{ owner: { sessionId: 'sesn_1' }, samples: [{}, {}] }]);
  expect(supervisor.trees[0]?.samples.at(-1)?.rssBytes).toBe(supervisor.trees[0]?.rssBytes);
});

describe('the limits', () => {
  it('are told of a process that has grown over them', async () => {
    const { supervisor, startOwned, actions } = watch({ maxRssMb: 150 });
    await startOwned('allocate:120');
    await supervisor.sweep();
    expect(actions).toEqual([{ sessionId: 'sesn_1', action: { type: 'restart_at_end_of_turn' } }]);
  });

  it('are told of one that has grown far over them', async () => {
    const { supervisor, startOwned, actions } = watch({ maxRssMb: 100 });
    await startOwned('allocate:150');
    await supervisor.sweep();
    expect(actions.map(({ action }) => action.type)).toEqual(['restart_now']);
  });

  it('warn once before the time is over', async () => {
    const { supervisor, startOwned, actions } = watch({ maxDurationSeconds: 0.5 });
    await startOwned();
    await until('its time is over', async () => {
      await supervisor.sweep();
      return actions.some(({ action }) => action.type === 'hibernate');
    });
    expect(actions.filter(({ action }) => action.type === 'warn_duration').length).toBeLessThan(2);
  });

  it('hold for spares, too', async () => {
    const { supervisor, start, own, actions } = watch({ maxRssMb: 1 });
    own(await start(), null);
    await supervisor.sweep();
    expect(actions).toEqual([{ sessionId: null, action: { type: 'restart_now' } }]);
  });

  it('do not warn a spare of its time, so that whoever claims it is warned', async () => {
    const { supervisor, start, own, owners, actions, grow } = watch({ maxDurationSeconds: 3600 });
    const hosted = await start();
    own(hosted, null);
    await supervisor.sweep();
    grow(3400);
    await supervisor.sweep();
    expect(actions).toEqual([]);
    owners.length = 0;
    own(hosted);
    await supervisor.sweep();
    expect(actions).toMatchObject([{ sessionId: 'sesn_1', action: { type: 'warn_duration' } }]);
  });
});

it('says so when far more run than there are owners', async () => {
  const started = openTestHost();
  for (const label of ['1', '2', '3']) await startFixture(started.host, 'family', { label });
  const other = openTestHost({ nodeId: started.nodeId });
  const supervisor = new Supervisor({
    host: other.host,
    limits: { maxRssBytes: 4096 * MB, maxDurationSeconds: 3600 },
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    logger: pino({ level: 'silent' }),
    listOwners: () => [],
    onAction: () => undefined,
  });
  expect(await supervisor.sweep()).toMatchObject({ tooMany: true, unownedProcesses: 3 });
  await started[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});
