import { randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';

import { until } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { ProcessOwner } from '../hosts/proc/build-trees.ts';
import type { SupervisorAction } from './decide-action.ts';
import { startFamily } from '../hosts/fixtures/start-family.ts';
import { createProcReader } from '../hosts/proc/proc-reader.ts';
import { Supervisor, type SweepReport } from './supervisor.ts';

const MB = 1024 * 1024;

/** A supervisor of a node of its own, so that it sees only what its test has started, and ends that in the end. */
function watch(options: { maxRssMb?: number; tmpfsMb?: number; maxDurationSeconds?: number } = {}) {
  const nodeId = `test-${randomUUID()}`;
  const owners: ProcessOwner[] = [];
  const actions: { sessionId: string | null; action: SupervisorAction }[] = [];
  const running = new Set<number>();
  let nowMs = 0;
  let addedSeconds = 0;
  const proc = createProcReader();
  const supervisor = new Supervisor({
    nodeId,
    proc: { ...proc, uptimeSeconds: () => proc.uptimeSeconds() + addedSeconds },
    readTmpfs: () => Promise.resolve({ bytes: (options.tmpfsMb ?? 0) * MB, devices: new Set() }),
    limits: {
      maxRssBytes: (options.maxRssMb ?? 4096) * MB,
      maxDurationSeconds: options.maxDurationSeconds ?? 3600,
    },
    clock: { now: Date.now, uptimeMs: () => nowMs },
    logger: pino({ level: 'silent' }),
    listOwners: () => owners,
    runningPids: () => running,
    onAction: ({ sessionId }, action) => actions.push({ sessionId, action }),
  });
  onTestFinished(async () => {
    owners.length = 0;
    running.clear();
    await until('nothing is left', async () => (await supervisor.sweep()).unownedProcesses === 0);
    await supervisor.close();
  });
  return {
    supervisor,
    owners,
    actions,
    running,
    marker: `${nodeId}/sesn_1`,
    advance: (ms: number) => (nowMs += ms),
    /** Makes every process older than it is. */
    grow: (seconds: number) => (addedSeconds += seconds),
    own(pid: number, sessionId: string | null = 'sesn_1') {
      owners.push({ pid, sessionId, isWorking: false });
    },
  };
}

const namesOf = (report: SweepReport) => report.trees.map((tree) => tree.processes.map(({ name }) => name).toSorted());

describe('a sweep', () => {
  it('finds children in every disguise: a child, one in its own session, one without an environment', async () => {
    const { supervisor, marker, own } = watch();
    await using family = await startFamily(marker, 'child', 'setsid', 'bare');
    own(family.pid);
    await until('all are seen', async () => {
      const report = await supervisor.sweep();
      return namesOf(report)[0]?.filter((name) => name === 'sleep').length === 3;
    });
    expect(supervisor.trees).toMatchObject([{ pid: family.pid, owner: { sessionId: 'sesn_1' } }]);
  });

  it('keeps knowing a child without an environment when its parent is gone', async () => {
    const { supervisor, marker, own, owners } = watch();
    const family = await startFamily(marker, 'bare');
    own(family.pid);
    await until('it is seen', async () => namesOf(await supervisor.sweep())[0]?.includes('sleep') === true);
    await family[Symbol.asyncDispose]();
    owners.length = 0;
    expect(await supervisor.sweep()).toMatchObject({ unownedProcesses: 1, ended: 0 });
    expect(await supervisor.sweep()).toMatchObject({ ended: 1 });
  });

  it('measures memory, processor time and age, and remembers samples', async () => {
    const { supervisor, marker, own } = watch();
    await using family = await startFamily(marker, 'allocate:150');
    own(family.pid);
    await supervisor.sweep();
    await supervisor.sweep();
    const [tree] = supervisor.trees;
    expect(tree?.rssBytes).toBeGreaterThan(150 * MB);
    expect(tree?.pssBytes).toBeGreaterThan(150 * MB);
    expect(tree?.pssBytes).toBeLessThan(tree?.rssBytes ?? 0);
    expect(tree?.cpuSeconds).toBeGreaterThan(0);
    expect(tree?.ageSeconds).toBeLessThan(60);
    expect(tree?.samples).toHaveLength(2);
  });

  it('takes little more time than reading the state of every process once', async () => {
    const { supervisor } = watch();
    const proc = createProcReader();
    // In turns, so that what else the machine does falls on both alike; of each the least, which it touched least.
    let sweepMs = Infinity;
    let floorMs = Infinity;
    for (let round = 0; round < 30; round += 1) {
      sweepMs = Math.min(sweepMs, (await supervisor.sweep()).durationMs);
      const startedAt = performance.now();
      for (const pid of proc.listPids()) proc.readStat(pid);
      floorMs = Math.min(floorMs, performance.now() - startedAt);
    }
    expect(sweepMs / floorMs).toBeLessThan(5);
  });
});

describe('the limits', () => {
  it('are told of a process that has grown over them', async () => {
    const { supervisor, marker, own, actions } = watch({ maxRssMb: 150 });
    await using family = await startFamily(marker, 'allocate:120');
    own(family.pid);
    await supervisor.sweep();
    expect(actions).toEqual([{ sessionId: 'sesn_1', action: { type: 'restart_at_end_of_turn' } }]);
  });

  it('count what its sandbox holds in memory as files', async () => {
    const { supervisor, marker, own, actions } = watch({ maxRssMb: 1024, tmpfsMb: 1024 });
    await using family = await startFamily(marker);
    own(family.pid);
    await supervisor.sweep();
    expect(actions.map(({ action }) => action.type)).toEqual(['restart_at_end_of_turn']);
  });

  it('count deleted files in memory that only a descriptor keeps', async () => {
    const { supervisor, marker, own, actions } = watch({ maxRssMb: 1024 });
    await using family = await startFamily(marker, 'unnamed:/dev/shm:8', 'child');
    own(family.pid);
    await supervisor.sweep();
    const tree = supervisor.trees[0];
    const ofProcesses = tree?.processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0) ?? NaN;
    expect(tree?.rssBytes).toBe(ofProcesses + 8 * MB);
    expect(tree?.unnamedDiskBytes).toBe(0);
    expect(actions).toEqual([]);
  });

  it('know of deleted files on disk, each once whoever has it open', async () => {
    await using folder = await mkdtempDisposable('/var/tmp/csp-unnamed-');
    const { supervisor, marker, own } = watch();
    await using family = await startFamily(marker, `unnamed:${folder.path}:8`, `unnamed:${folder.path}:4`, 'child');
    own(family.pid);
    await supervisor.sweep();
    // A file system may take blocks of its own for a file.
    expect(Math.floor((supervisor.trees[0]?.unnamedDiskBytes ?? 0) / MB)).toBe(12);
  });

  it('are told of one that has grown far over them', async () => {
    const { supervisor, marker, own, actions } = watch({ maxRssMb: 100 });
    await using family = await startFamily(marker, 'allocate:150');
    own(family.pid);
    await supervisor.sweep();
    expect(actions.map(({ action }) => action.type)).toEqual(['restart_now']);
  });

  it('warn once before the time is over', async () => {
    const { supervisor, marker, own, actions } = watch({ maxDurationSeconds: 0.5 });
    await using family = await startFamily(marker);
    own(family.pid);
    await until('its time is over', async () => {
      await supervisor.sweep();
      return actions.some(({ action }) => action.type === 'hibernate');
    });
    expect(actions.filter(({ action }) => action.type === 'warn_duration').length).toBeLessThan(2);
  });

  it('hold for spares, too', async () => {
    const { supervisor, marker, own, actions } = watch({ maxRssMb: 1 });
    await using family = await startFamily(marker);
    own(family.pid, null);
    await supervisor.sweep();
    expect(actions).toEqual([{ sessionId: null, action: { type: 'restart_now' } }]);
  });

  it('do not warn a spare of its time, so that whoever claims it is warned', async () => {
    const { supervisor, marker, own, owners, actions, grow } = watch({ maxDurationSeconds: 3600 });
    await using family = await startFamily(marker);
    own(family.pid, null);
    await supervisor.sweep();
    grow(3400);
    await supervisor.sweep();
    expect(actions).toEqual([]);
    owners.length = 0;
    own(family.pid);
    await supervisor.sweep();
    expect(actions).toMatchObject([{ sessionId: 'sesn_1', action: { type: 'warn_duration' } }]);
  });
});

describe('the audit', () => {
  it('ends what nobody owns at the second sight, and not at the first', async () => {
    const { supervisor, marker } = watch();
    await using family = await startFamily(marker, 'setsid');
    const first = await supervisor.sweep();
    expect(first).toMatchObject({ ended: 0, trees: [] });
    expect(first.unownedProcesses).toBeGreaterThanOrEqual(2);
    expect(await supervisor.sweep()).toMatchObject({ ended: first.unownedProcesses });
    await until('it has ended', () => family.child.signalCode === 'SIGKILL');
  });

  it('leaves alone what is still being started or ended, for a minute', async () => {
    const { supervisor, marker, running, advance } = watch();
    await using family = await startFamily(marker);
    running.add(family.pid);
    for (let sweep = 0; sweep < 3; sweep += 1) {
      expect(await supervisor.sweep()).toMatchObject({ unownedProcesses: 0, ended: 0 });
      advance(19_000);
    }
    advance(19_000);
    await supervisor.sweep();
    expect(await supervisor.sweep()).toMatchObject({ ended: 1 });
  });

  it('touches nothing of another node', async () => {
    const { supervisor } = watch();
    const other = watch();
    await using family = await startFamily(other.marker);
    await supervisor.sweep();
    expect(await supervisor.sweep()).toMatchObject({ unownedProcesses: 0, ended: 0 });
    expect(family.child.signalCode).toBeNull();
  });

  it('says so when far more run than there are owners', async () => {
    const { supervisor, marker } = watch();
    await using stack = new AsyncDisposableStack();
    for (const session of ['1', '2', '3']) stack.use(await startFamily(marker + session));
    expect(await supervisor.sweep()).toMatchObject({ tooMany: true });
  });
});
