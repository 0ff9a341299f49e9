import { expect, it } from 'vitest';

import type { MeasuredFolders } from '../agent-files/measure-folders.ts';
import { judgeDisk, judgeNearness, judgeUserDisk, NO_DISK_HISTORY } from './judge-disk.ts';

const MIB = 1024 * 1024;

/** What is said to a session at each of its measurings, of 100 bytes and 10 entries that it may take. */
function judge(...measurings: (number | MeasuredFolders)[]) {
  let history = NO_DISK_HISTORY;
  return measurings.map((each) => {
    const measured = typeof each === 'number' ? { bytes: each, entries: 1, uncounted: 'nothing' as const } : each;
    const judged = judgeDisk(measured, { history, maxBytes: 100, maxEntries: 10 });
    history = judged.history;
    return judged.stop;
  });
}

const closed: MeasuredFolders = { bytes: 10, entries: 1, uncounted: 'closed' };
const late: MeasuredFolders = { bytes: 0, entries: 0, uncounted: 'late' };
const many = (entries: number): MeasuredFolders => ({ bytes: 10, entries, uncounted: 'nothing' });

it('stops a session over the limit once, again when it has grown, and anew once it was under it', () => {
  expect(judge(100, 101, 101, 90, 101)).toEqual([undefined, 'big', undefined, undefined, 'big']);
  expect(judge(150, 120, 151)).toEqual(['big', undefined, 'big']);
  expect(judge(many(10), many(11), many(11), many(12), many(9), many(11))).toEqual([
    ...[undefined, 'many', undefined, 'many', undefined],
    'many',
  ]);
});

it('stops a session whose folders stay closed, and none that closes one for a moment', () => {
  expect(judge(closed, 10, closed, closed, closed, closed)).toEqual([
    ...[undefined, undefined, undefined, 'closed'],
    ...[undefined, 'closed'],
  ]);
  const big: MeasuredFolders = { bytes: 200, entries: 1, uncounted: 'closed' };
  expect(judge(big, closed, closed, 150)).toEqual(['big', undefined, 'closed', undefined]);
});

it('stops a session each time that its folders could not be measured in time', () => {
  expect(judge(late, late, 10, late)).toEqual(['late', 'late', undefined, 'late']);
});

it('stops, of a user who takes too much, the sessions that grow, and lets the others tidy up', () => {
  const limits = { maxBytes: 100 * MIB, maxEntries: 10_000 };
  const at = (mib: number, entries = 1) => ({ bytes: mib * MIB, entries });
  const over = { user: at(120), ...limits };
  const ask = (
    session: ReturnType<typeof at>,
    before: ReturnType<typeof at>,
    baseline = undefined as typeof before | undefined,
  ) => judgeUserDisk({ session, user: over.user }, { baseline, before, ...limits });
  expect(judgeUserDisk({ session: at(90), user: at(100) }, { baseline: at(1), before: at(0), ...limits })).toEqual({
    stop: undefined,
    baseline: undefined,
  });
  // It has grown since the measuring before; it is stopped, and may go on from there.
  expect(ask(at(60), at(20))).toEqual({ stop: 'big_of_user', baseline: at(60) });
  expect(ask(at(61), at(60), at(60))).toEqual({ stop: undefined, baseline: at(60) });
  // What was deleted is no room to grow.
  expect(ask(at(30), at(60), at(60))).toEqual({ stop: undefined, baseline: at(30) });
  expect(ask(at(50), at(30), at(30)).stop).toBe('big_of_user');
  const grown = { session: at(1, 5000), user: at(1, 10_001) };
  expect(judgeUserDisk(grown, { baseline: undefined, before: at(1), ...limits }).stop).toBe('many_of_user');
});

it('tells once that a limit is near, and again when it was far in between', () => {
  let wasTold = false;
  const told = [10, 79, 80, 90, 75, 85, 60, 95, 101, 99].map((taken) => {
    const judged = judgeNearness(taken, 100, wasTold);
    wasTold = judged.wasTold;
    return judged.tell;
  });
  expect(told).toEqual([false, false, true, false, false, false, false, true, false, false]);
  expect(judgeNearness(5, Infinity, false)).toEqual({ tell: false, wasTold: false });
});
