import { expect, test } from 'vitest';

import { createTransportChoice } from './transport-choice.ts';

test('falls back when WebSockets brought nothing three times in a row', () => {
  const choice = createTransportChoice();
  choice.failed('websocket', false);
  choice.failed('websocket', false);
  expect(choice.next).toBe('websocket');
  choice.failed('websocket', false);
  expect(choice.next).toBe('sse');
});

test('falls back at once when one hung', () => {
  const choice = createTransportChoice();
  choice.failed('websocket', true);
  expect(choice.next).toBe('sse');
});

test('forgets failures when one worked', () => {
  const choice = createTransportChoice();
  choice.failed('websocket', false);
  choice.failed('websocket', false);
  choice.worked('websocket');
  choice.failed('websocket', false);
  expect(choice.next).toBe('websocket');
});

test.each(['ended', 'failed'] as const)('tries one WebSocket after an HTTP connection has %s, then HTTP', (how) => {
  const choice = createTransportChoice();
  choice.failed('websocket', true);
  choice.worked('sse');
  if (how === 'ended') choice.ended('sse');
  else choice.failed('sse', false);
  expect(choice.next).toBe('websocket');
  choice.failed('websocket', false);
  expect(choice.next).toBe('sse');
});
