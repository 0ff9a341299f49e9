import type { ProcessResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { formatMemory } from './format-memory.ts';
import { memoryOf, memorySamples, sumMemory } from './memory-of.ts';

const MB = 1024 * 1024;
const toUse = (withShared: number, share: number | null) => ({
  rss_bytes: withShared * MB,
  pss_bytes: share && share * MB,
});
const toMb = (bytes: number) => Number.parseInt(formatMemory(bytes), 10);

it('adds up to the sum that is shown, whatever is rounded', () => {
  const processes = [toUse(182, 100.4), toUse(182, 100.4), toUse(182, 100.4), toUse(90, null)] as ProcessResource[];
  const shown = processes.map((process) => toMb(memoryOf(process)));
  expect(shown).toEqual([100, 100, 100, 90]);
  expect(toMb(sumMemory(processes))).toBe(390);
});

it('draws one measure over time', () => {
  const at = '2026-02-01T12:00:00.000Z';
  const toSample = (withShared: number, share: number | null) => ({ at, cpu_seconds: 0, ...toUse(withShared, share) });
  expect(memorySamples([toSample(180, null), toSample(180, 90), toSample(190, 95)])).toEqual([90 * MB, 95 * MB]);
  expect(memorySamples([toSample(180, null), toSample(181, null)])).toEqual([180 * MB, 181 * MB]);
});
