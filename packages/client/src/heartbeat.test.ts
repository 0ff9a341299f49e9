import { expect, test, vi } from 'vitest';

import { createManualClock } from '../test/manual-clock.ts';
import { startHeartbeat } from './heartbeat.ts';

function start() {
  const clock = createManualClock();
  const sendPing = vi.fn<() => void>();
  const onDead = vi.fn<() => void>();
  return { clock, sendPing, onDead, heartbeat: startHeartbeat({ clock, sendPing, onDead }) };
}

test('asks after five seconds of silence and not before', () => {
  const { clock, sendPing } = start();
  clock.advance(4_999);
  expect(sendPing).not.toHaveBeenCalled();
  clock.advance(1);
  expect(sendPing).toHaveBeenCalledTimes(1);
});

test('does not ask while the other side is talking', () => {
  const { clock, sendPing, heartbeat } = start();
  for (let second = 0; second < 20; second += 1) {
    clock.advance(1_000);
    heartbeat.beat();
  }
  expect(sendPing).not.toHaveBeenCalled();
});

test('gives up five seconds after a question without an answer', () => {
  const { clock, onDead } = start();
  clock.advance(9_999);
  expect(onDead).not.toHaveBeenCalled();
  clock.advance(1);
  expect(onDead).toHaveBeenCalledTimes(1);
});

test('goes on when the answer comes', () => {
  const { clock, sendPing, onDead, heartbeat } = start();
  clock.advance(5_000);
  heartbeat.beat();
  clock.advance(5_000);
  expect(sendPing).toHaveBeenCalledTimes(2);
  expect(onDead).not.toHaveBeenCalled();
});

test('asks at once when it is told to, and only once', () => {
  const { sendPing, heartbeat } = start();
  heartbeat.probe();
  heartbeat.probe();
  expect(sendPing).toHaveBeenCalledTimes(1);
});

test('does nothing after it is stopped', () => {
  const { clock, sendPing, onDead, heartbeat } = start();
  heartbeat.stop();
  clock.advance(60_000);
  expect(sendPing).not.toHaveBeenCalled();
  expect(onDead).not.toHaveBeenCalled();
});
