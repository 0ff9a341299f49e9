import { expect, test, vi } from 'vitest';

import { createManualClock } from '../test/manual-clock.ts';
import { startHeartbeat } from './heartbeat.ts';

function start(patience = 1) {
  const clock = createManualClock();
  const sendPing = vi.fn<() => void>();
  const onDead = vi.fn<() => void>();
  return { clock, sendPing, onDead, heartbeat: startHeartbeat({ clock, sendPing, onDead, patience: () => patience }) };
}

test('asks after two and a half seconds of silence and not before', () => {
  const { clock, sendPing } = start();
  clock.advance(2_499);
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

test('gives up after five seconds of silence in all', () => {
  const { clock, onDead } = start();
  clock.advance(4_999);
  expect(onDead).not.toHaveBeenCalled();
  clock.advance(1);
  expect(onDead).toHaveBeenCalledTimes(1);
});

test('waits longer where it was told to be patient', () => {
  const { clock, onDead } = start(2);
  clock.advance(9_999);
  expect(onDead).not.toHaveBeenCalled();
  clock.advance(1);
  expect(onDead).toHaveBeenCalledTimes(1);
});

test('goes on when the answer comes', () => {
  const { clock, sendPing, onDead, heartbeat } = start();
  clock.advance(2_500);
  heartbeat.beat();
  clock.advance(2_500);
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
