import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import type { ExitCause } from '../hosts/exit.ts';
import { ProcessLifecycle } from './process-lifecycle.ts';
import type { RunningTurn } from './turn.ts';
import { NO_TURN_USAGE } from './turn-usage.ts';

const STALL_MS = 1000;

/** The lifecycle of a process with a turn that has run since 0, on a clock that a test moves. */
function createLifecycle({ isIdle = false } = {}) {
  const state = { now: 0, timeOfDay: 0, hibernations: 0, waits: false, hasTasks: false, interrupts: 0 };
  const told: SessionEvent[] = [];
  const kills: ExitCause[] = [];
  const turn: RunningTurn = {
    ...{ state: 'running', number: 1, messageIds: [], startedAtMs: 0, lastActivityMs: 0 },
    ...{ interruptedAtMs: undefined, exits: 0, lost: NO_TURN_USAGE, failed: false },
    ...{ reached: undefined, report: undefined },
  };
  const lifecycle = new ProcessLifecycle({
    process: {
      state: 'live',
      kill: (cause) => kills.push(cause) > 0,
      release: () => Promise.resolve(void (state.hibernations += 1)),
    },
    turns: {
      running: isIdle ? undefined : turn,
      idleSinceMs: isIdle ? 0 : undefined,
      touch: () => void (turn.lastActivityMs = state.now),
      interrupt: () => void (state.interrupts += 1),
      waitUntilIdle: () => Promise.resolve(),
    },
    order: { run: (work) => work(), guard: (work) => work().then(() => undefined), tell: () => undefined },
    // The uptime that it judges by, and a time of day that somebody sets as they like.
    clock: { now: () => state.timeOfDay, uptimeMs: () => state.now },
    ...{ idleTimeoutMs: STALL_MS, stallTimeoutMs: STALL_MS },
    isWaiting: () => state.waits,
    append: (events) => Promise.resolve(told.push(...events)),
    hasTasks: () => state.hasTasks,
    onReleased: () => [],
    warmUp: () => undefined,
  });
  return { lifecycle, state, told, kills };
}

it('stops a turn that gave no sign of life for longer than it may', () => {
  const { lifecycle, state, told } = createLifecycle();
  state.now = STALL_MS;
  lifecycle.sweep();
  expect(state.interrupts).toBe(0);
  state.now += 1;
  lifecycle.sweep();
  expect(state.interrupts).toBe(1);
  expect(told).toMatchObject([{ type: 'session.notice', level: 'warning' }]);
});

it('counts the silence of a turn from the answer of a person, however long that took', () => {
  const { lifecycle, state } = createLifecycle();
  state.waits = true;
  state.now = 10 * STALL_MS;
  lifecycle.sweep();
  state.waits = false;
  state.now += STALL_MS;
  lifecycle.sweep();
  expect(state.interrupts).toBe(0);
  state.now += 1;
  lifecycle.sweep();
  expect(state.interrupts).toBe(1);
});

const HOUR_MS = 60 * 60 * 1000;

it.each([HOUR_MS, -HOUR_MS])('stops and hibernates nothing when the time of day jumps by %i ms', async (jump) => {
  for (const { lifecycle, state } of [createLifecycle(), createLifecycle({ isIdle: true })]) {
    state.now = STALL_MS - 1;
    state.timeOfDay = jump;
    lifecycle.sweep();
    await Promise.resolve();
    expect([state.interrupts, state.hibernations]).toEqual([0, 0]);
  }
});

it('hibernates and stops by the uptime also when the time of day was set back', async () => {
  const [busy, idle] = [createLifecycle(), createLifecycle({ isIdle: true })];
  for (const { lifecycle, state } of [busy, idle]) {
    state.timeOfDay = -HOUR_MS;
    state.now = STALL_MS + 1;
    lifecycle.sweep();
  }
  await Promise.resolve();
  expect([busy.state.interrupts, idle.state.hibernations]).toEqual([1, 1]);
});

it.each([
  ['memory', 'memory'],
  ['requested', 'asked'],
] as const)('says why it replaces a process in the middle of a turn: %s', async (reason, cause) => {
  const { lifecycle, kills } = createLifecycle();
  await lifecycle.restart(reason, { when: 'now' });
  expect(kills).toEqual([cause]);
});
