import { expect, it } from 'vitest';

import { NO_DISK_HISTORY } from '../workspaces/judge-disk.ts';
import { createDiskHistories } from './disk-histories.ts';

const STOPPED = { stoppedAt: { bytes: 7, entries: 0 }, wasClosed: false };

it('keeps nothing of sessions within their limit, however many there were', () => {
  const histories = createDiskHistories();
  for (let each = 0; each < 100; each += 1) histories.note(`sesn_${each}`, NO_DISK_HISTORY);
  expect(histories.size).toBe(0);
  histories.note('sesn_big', STOPPED);
  expect(histories.find('sesn_big')).toEqual(STOPPED);
  histories.note('sesn_big', NO_DISK_HISTORY);
  expect(histories.size).toBe(0);
});

it('forgets the session that was noted longest ago when there are 10,000', () => {
  const histories = createDiskHistories();
  for (let each = 0; each < 10_000; each += 1) histories.note(`sesn_${each}`, STOPPED);
  histories.note('sesn_0', STOPPED);
  histories.note('sesn_new', STOPPED);
  expect(histories.size).toBe(10_000);
  expect(histories.find('sesn_0')).toEqual(STOPPED);
  expect(histories.find('sesn_1')).toEqual(NO_DISK_HISTORY);
});
