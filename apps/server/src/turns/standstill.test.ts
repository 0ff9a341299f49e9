import { expect, it } from 'vitest';

import { createStandstillWatch, findStandstill, STANDSTILL_MS, type Standstill } from './standstill.ts';

const facts = {
  isRunning: true,
  waitsForPeople: false,
  isProcessGone: false,
  isProcessLive: true,
  hasCallsToMake: false,
};

it('finds a running turn without a process, or whose process does not make the calls', () => {
  expect(findStandstill(facts)).toBeUndefined();
  const gone = { ...facts, isProcessGone: true, isProcessLive: false };
  expect(findStandstill(gone)).toBe('no_process');
  expect(findStandstill({ ...gone, waitsForPeople: true })).toBeUndefined();
  expect(findStandstill({ ...gone, isRunning: false })).toBeUndefined();
  expect(findStandstill({ ...facts, hasCallsToMake: true })).toBe('calls_not_made');
  expect(findStandstill({ ...facts, hasCallsToMake: true, isProcessLive: false })).toBeUndefined();
});

it('tells of a standstill once for each time that it has lasted too long', () => {
  let now = 0;
  let found: Standstill | undefined = 'no_process';
  const told: Standstill[] = [];
  const watch = createStandstillWatch({
    clock: { uptimeMs: () => now },
    find: () => found,
    onStandstill: (standstill) => told.push(standstill),
  });
  const sweepAfter = (ms: number) => {
    now += ms;
    watch.sweep();
  };
  sweepAfter(0);
  sweepAfter(STANDSTILL_MS);
  expect(told).toEqual([]);
  found = undefined;
  sweepAfter(1);
  found = 'no_process';
  sweepAfter(1);
  sweepAfter(STANDSTILL_MS);
  expect(told).toEqual([]);
  sweepAfter(1);
  sweepAfter(1);
  expect(told).toEqual(['no_process']);
  found = 'calls_not_made';
  sweepAfter(1);
  sweepAfter(STANDSTILL_MS + 1);
  expect(told).toEqual(['no_process', 'calls_not_made']);
});
