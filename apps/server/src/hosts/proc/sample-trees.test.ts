import { mkdtempDisposable } from 'node:fs/promises';

import { until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openTestHost } from '../fixtures/open-test-host.ts';
import { startFixture, waitForExit } from '../fixtures/start-fixture.ts';
import type { Host, HostedProcess } from '../host.ts';
import { createProcReader } from './proc-reader.ts';

const MB = 1024 * 1024;
const NOBODY = { owned: new Set<string>() };

const owning = (...processes: HostedProcess[]) => ({ owned: new Set(processes.map(({ id }) => id)) });
const startFamily = async (host: Host, ...args: string[]) => (await startFixture(host, 'family', { args })).hosted;

describe('the sample of a tree', () => {
  it('has children in every disguise: a child, one in its own session, one without an environment', async () => {
    await using opened = openTestHost();
    const family = await startFamily(opened.host, 'child', 'setsid', 'bare');
    const tree = await until('all are seen', async () => {
      const { trees } = await opened.host.sample(owning(family));
      return trees[0]?.processes.filter(({ name }) => name === 'sleep').length === 3 && trees[0];
    });
    expect(tree.id).toBe(family.id);
    expect(tree.processes.some(({ pid }) => pid === tree.pid)).toBe(true);
  });

  it('has memory, processor time and age', async () => {
    await using opened = openTestHost();
    const family = await startFamily(opened.host, 'allocate:150');
    const [tree] = (await opened.host.sample(owning(family))).trees;
    expect(tree?.rssBytes).toBeGreaterThan(150 * MB);
    expect(tree?.pssBytes).toBeGreaterThan(150 * MB);
    expect(tree?.pssBytes).toBeLessThan(tree?.rssBytes ?? 0);
    expect(tree?.cpuSeconds).toBeGreaterThan(0);
    expect(tree?.ageSeconds).toBeLessThan(60);
  });

  it('counts what its sandbox holds in memory as files', async () => {
    const readTmpfs = () => Promise.resolve({ bytes: 1024 * MB, devices: new Set<number>() });
    await using opened = openTestHost({ readTmpfs });
    const family = await startFamily(opened.host);
    const [tree] = (await opened.host.sample(owning(family))).trees;
    expect(tree?.rssBytes).toBe(sumOfProcesses(tree) + 1024 * MB);
  });

  it('counts deleted files in memory that only a descriptor keeps', async () => {
    await using opened = openTestHost();
    const family = await startFamily(opened.host, 'unnamed:/dev/shm:8', 'child');
    const [tree] = (await opened.host.sample(owning(family))).trees;
    expect(tree?.rssBytes).toBe(sumOfProcesses(tree) + 8 * MB);
    expect(tree?.unnamedDiskBytes).toBe(0);
  });

  it('knows of deleted files on disk, each once whoever has it open', async () => {
    await using folder = await mkdtempDisposable('/var/tmp/csp-unnamed-');
    await using opened = openTestHost();
    const files = [`unnamed:${folder.path}:8`, `unnamed:${folder.path}:4`];
    const family = await startFamily(opened.host, ...files, 'child');
    const [tree] = (await opened.host.sample(owning(family))).trees;
    // A file system may take blocks of its own for a file.
    expect(Math.floor((tree?.unnamedDiskBytes ?? 0) / MB)).toBe(12);
  });

  it('takes little more time than reading the state of every process once', async () => {
    await using opened = openTestHost();
    const proc = createProcReader();
    // In turns, so that what else the machine does falls on both alike; of each the least, which it touched least.
    let sampleMs = Infinity;
    let floorMs = Infinity;
    for (let round = 0; round < 30; round += 1) {
      sampleMs = Math.min(sampleMs, (await opened.host.sample(NOBODY)).durationMs);
      const startedAt = performance.now();
      for (const pid of proc.listPids()) proc.readStat(pid);
      floorMs = Math.min(floorMs, performance.now() - startedAt);
    }
    expect(sampleMs / floorMs).toBeLessThan(5);
  });
});

describe('what nobody owns', () => {
  it('is ended at the second sight, and not at the first', async () => {
    await using dead = openTestHost();
    const family = await startFamily(dead.host, 'setsid');
    const countOwn = async () => (await dead.host.sample(owning(family))).trees[0]?.processes.length ?? 0;
    await until('its child is seen', async () => (await countOwn()) >= 2);
    // Another one that looks after the same node has not started it.
    await using next = openTestHost({ nodeId: dead.nodeId });
    const first = await next.host.sample(NOBODY);
    expect(first).toMatchObject({ trees: [], unowned: { groups: 1, ended: 0 } });
    expect(first.unowned.processes).toBeGreaterThanOrEqual(2);
    expect(await next.host.sample(NOBODY)).toMatchObject({ unowned: { ended: first.unowned.processes } });
    await until('it has ended', () => family.signalCode === 'SIGKILL');
  });

  it('is known also without an environment when its parent is gone', async () => {
    await using opened = openTestHost();
    const family = await startFamily(opened.host, 'bare');
    await until('the child is seen', async () => {
      const { trees } = await opened.host.sample(owning(family));
      return trees[0]?.processes.some(({ name }) => name === 'sleep') === true;
    });
    family.kill('SIGKILL');
    await waitForExit(family);
    expect(await opened.host.sample(NOBODY)).toMatchObject({ unowned: { processes: 1, ended: 0 } });
    expect(await opened.host.sample(NOBODY)).toMatchObject({ unowned: { ended: 1 } });
  });

  it('is left alone for a minute after it was started here: it may be starting or ending', async () => {
    let nowMs = 0;
    await using opened = openTestHost({ clock: { uptimeMs: () => nowMs } });
    const family = await startFamily(opened.host);
    for (let look = 0; look < 3; look += 1) {
      const { trees, unowned } = await opened.host.sample(NOBODY);
      expect([trees.length, unowned.processes]).toEqual([1, 0]);
      nowMs += 19_000;
    }
    nowMs += 19_000;
    await opened.host.sample(NOBODY);
    expect(await opened.host.sample(NOBODY)).toMatchObject({ unowned: { ended: 1 } });
    await until('it has ended', () => family.signalCode === 'SIGKILL');
  });

  it('is not what runs for another node', async () => {
    await using opened = openTestHost();
    await using other = openTestHost();
    const family = await startFamily(other.host);
    await opened.host.sample(NOBODY);
    expect((await opened.host.sample(NOBODY)).unowned).toEqual({ groups: 0, processes: 0, ended: 0 });
    expect(family.signalCode).toBeNull();
  });

  it('is nothing once all have ended', async () => {
    await using opened = openTestHost();
    const family = await startFamily(opened.host, 'child', 'setsid');
    await family.end();
    await waitUntilGone(opened.nodeId);
    expect(await opened.host.sample(NOBODY)).toMatchObject({ trees: [], unowned: { processes: 0 } });
  });
});

function sumOfProcesses(tree: { processes: readonly { rssBytes: number }[] } | undefined): number {
  return tree?.processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0) ?? NaN;
}
