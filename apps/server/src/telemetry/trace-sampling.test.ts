import { expect, it } from 'vitest';

import type { TracingSettings } from '../config/tracing-settings.ts';
import { createTraceSampling } from './trace-sampling.ts';

/** In every share that is more than nothing, by the algorithm of OpenTelemetry: an id that a client would choose. */
const CHOSEN_ID = `${'0'.repeat(31)}1`;
const ID = 'f0ffee00c0ffee00c0ffee00c0ffee0f';
const fromClient = (traceFlags: number) => ({ traceId: CHOSEN_ID, spanId: 'b'.repeat(16), traceFlags, isRemote: true });

function openSampling(settings: Partial<Pick<TracingSettings, 'sampler' | 'ratio' | 'clientTracesPerSecond'>> = {}) {
  let nowMs = 0;
  const isKept = createTraceSampling({
    settings: { sampler: 'parentbased_traceidratio', ratio: 0.000001, clientTracesPerSecond: 10, ...settings },
    now: () => nowMs,
  });
  const countKept = (requests: number, traceFlags = 1) =>
    Array.from({ length: requests }, () => isKept(CHOSEN_ID, fromClient(traceFlags))).filter(Boolean).length;
  return { isKept, countKept, pass: (ms: number) => (nowMs += ms) };
}

it('keeps so many traces in a second because clients say so, and then the share of the server', () => {
  const { countKept, pass } = openSampling();
  expect(countKept(1000)).toBe(10);
  pass(500);
  expect(countKept(1000)).toBe(5);
  pass(60_000);
  expect(countKept(1000)).toBe(10);
});

it('limits clients that choose a trace id of the share, also where their flag does not count', () => {
  const { countKept } = openSampling({ sampler: 'traceidratio' });
  expect(countKept(1000, 0)).toBe(10);
});

it('keeps no trace that a client does not want, and all where everything is kept', () => {
  expect(openSampling().countKept(100, 0)).toBe(0);
  expect(openSampling({ ratio: 1 }).countKept(1000)).toBe(1000);
  expect(openSampling({ sampler: 'always_off' }).countKept(1000)).toBe(0);
  expect(openSampling({ sampler: 'always_on' }).countKept(1000, 0)).toBe(1000);
});

it('does below a span as was decided for it', () => {
  const { isKept } = openSampling({ clientTracesPerSecond: 0 });
  const parent = { traceId: ID, spanId: 'b'.repeat(16) };
  expect(isKept(ID, undefined)).toBe(false);
  expect(isKept(ID, { ...parent, traceFlags: 1 })).toBe(true);
  expect(isKept(CHOSEN_ID, { ...parent, traceFlags: 0 })).toBe(false);
});
