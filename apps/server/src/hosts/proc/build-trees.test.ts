import { describe, expect, it } from 'vitest';

import { buildTrees, type ProcessRoot } from './build-trees.ts';
import type { MarkedProcess } from './marked-processes.ts';

const toProcess = (pid: number, parentPid: number, marker: string, startTicks = pid): MarkedProcess => ({
  pid,
  parentPid,
  marker,
  startTicks,
  name: 'x',
  cpuTicks: 50,
  rssPages: 10,
});
const toRoot = (pid: number): ProcessRoot => ({ id: `process_${pid}`, pid });
const build = (processes: MarkedProcess[], ...roots: ProcessRoot[]) =>
  buildTrees(processes, { roots, uptimeSeconds: 100, pageSize: 4096 });
const pidsOf = ({ processes }: { processes: MarkedProcess[] }) => processes.map(({ pid }) => pid);

describe('the trees', () => {
  it('hold what descends from their root, and add it up', () => {
    const { trees, unowned } = build(
      [toProcess(30, 20, 'n/a'), toProcess(10, 1, 'n/a'), toProcess(20, 10, 'n/a')],
      toRoot(10),
    );
    expect(trees).toMatchObject([
      { id: 'process_10', pid: 10, rssBytes: 30 * 4096, cpuSeconds: 1.5, ageSeconds: 99.9 },
    ]);
    expect(trees.map(pidsOf)).toEqual([[30, 10, 20]]);
    expect(unowned).toEqual([]);
  });

  it('hold what has lost its parent but carries the marker of a root that is older', () => {
    const { trees, unowned } = build([toProcess(10, 1, 'n/a'), toProcess(20, 1, 'n/a')], toRoot(10));
    expect(trees.map(pidsOf)).toEqual([[10, 20]]);
    expect(unowned).toEqual([]);
  });

  it('leave out what an earlier process of the same session has left', () => {
    const { trees, unowned } = build([toProcess(10, 1, 'n/a'), toProcess(5, 1, 'n/a')], toRoot(10));
    expect(trees.map(pidsOf)).toEqual([[10]]);
    expect(unowned.map(pidsOf)).toEqual([[5]]);
  });

  it('are apart for each root', () => {
    const processes = [
      toProcess(10, 1, 'n/a'),
      toProcess(11, 10, 'n/a'),
      toProcess(20, 1, 'n/b'),
      toProcess(30, 1, 'n/c'),
    ];
    const { trees, unowned } = build(processes, toRoot(10), toRoot(20));
    expect(trees.map(pidsOf)).toEqual([[10, 11], [20]]);
    expect(unowned).toMatchObject([{ marker: 'n/c' }]);
  });

  it('are not made for a root that has gone', () => {
    expect(build([], toRoot(10)).trees).toEqual([]);
  });

  it('survive parents that go round in a circle', () => {
    const { unowned } = build([toProcess(10, 11, 'n/a'), toProcess(11, 10, 'n/a')]);
    expect(unowned.map(pidsOf)).toEqual([[10, 11]]);
  });
});
