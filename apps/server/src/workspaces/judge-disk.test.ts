import { expect, it } from 'vitest';

import type { MeasuredFolders } from '../agent-files/measure-folders.ts';
import { judgeDisk, NO_DISK_HISTORY } from './judge-disk.ts';

/** What is said to a session at each of its measurings, of 100 bytes that it may take. */
function judge(...measurings: (number | MeasuredFolders)[]) {
  let history = NO_DISK_HISTORY;
  return measurings.map((each) => {
    const measured = typeof each === 'number' ? { bytes: each, uncounted: 'nothing' as const } : each;
    const judged = judgeDisk(measured, { history, maxBytes: 100 });
    history = judged.history;
    return judged.stop;
  });
}

const closed: MeasuredFolders = { bytes: 10, uncounted: 'closed' };
const late: MeasuredFolders = { bytes: 0, uncounted: 'late' };

it('stops a session over the limit once, again when it has grown, and anew once it was under it', () => {
  expect(judge(100, 101, 101, 90, 101)).toEqual([undefined, 'big', undefined, undefined, 'big']);
  expect(judge(150, 120, 151)).toEqual(['big', undefined, 'big']);
});

it('stops a session whose folders stay closed, and none that closes one for a moment', () => {
  expect(judge(closed, 10, closed, closed, closed, closed)).toEqual([
    ...[undefined, undefined, undefined, 'closed'],
    ...[undefined, 'closed'],
  ]);
  const big: MeasuredFolders = { bytes: 200, uncounted: 'closed' };
  expect(judge(big, closed, closed, 150)).toEqual(['big', undefined, 'closed', undefined]);
});

it('stops a session each time that its folders could not be measured in time', () => {
  expect(judge(late, late, 10, late)).toEqual(['late', 'late', undefined, 'late']);
});
