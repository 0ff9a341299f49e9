import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { ProcessTenure } from './process-tenure.ts';
import type { RunningTurn } from './turn.ts';

const STALL_MS = 1000;

/** The tenure of a process with a turn that has run since 0, on a clock that a test moves. */
function createTenure() {
  const state = { now: 0, waits: false, interrupts: 0, told: [] as SessionEvent[] };
  const turn: RunningTurn = {
    ...{ state: 'running', number: 1, messageIds: [], startedAtMs: 0, lastActivityMs: 0 },
    ...{ interruptedAtMs: undefined, deaths: 0, failed: false },
  };
  const tenure = new ProcessTenure({
    process: { state: 'live', kill: () => true, letGo: () => Promise.resolve() },
    turns: {
      running: turn,
      idleSinceMs: undefined,
      touch: () => void (turn.lastActivityMs = state.now),
      interrupt: () => void (state.interrupts += 1),
      waitUntilIdle: () => Promise.resolve(),
    },
    order: { run: (work) => work(), guard: (work) => work().then(() => undefined), tell: () => undefined },
    clock: { now: () => state.now },
    ...{ idleTimeoutMs: STALL_MS, stallTimeoutMs: STALL_MS },
    waitsForPeople: () => state.waits,
    append: (events) => Promise.resolve(state.told.push(...events)),
    onLetGo: () => undefined,
    warmUp: () => undefined,
  });
  return { tenure, state };
}

it('stops a turn that gave no sign of life for longer than it may', () => {
  const { tenure, state } = createTenure();
  state.now = STALL_MS;
  tenure.sweep();
  expect(state.interrupts).toBe(0);
  state.now += 1;
  tenure.sweep();
  expect(state.interrupts).toBe(1);
  expect(state.told).toMatchObject([{ type: 'session.notice', level: 'warning' }]);
});

it('counts the silence of a turn from the answer of a person, however long that took', () => {
  const { tenure, state } = createTenure();
  state.waits = true;
  state.now = 10 * STALL_MS;
  tenure.sweep();
  state.waits = false;
  state.now += STALL_MS;
  tenure.sweep();
  expect(state.interrupts).toBe(0);
  state.now += 1;
  tenure.sweep();
  expect(state.interrupts).toBe(1);
});
