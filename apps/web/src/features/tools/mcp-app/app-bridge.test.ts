import { describe, expect, it } from 'vitest';

import { createAppBridge, type WishOutcome } from './app-bridge.ts';
import type { AppWish } from './app-messages.ts';

function openBridge() {
  const posted: Record<string, unknown>[] = [];
  const wishes: { wish: AppWish; answer: (outcome: WishOutcome) => void }[] = [];
  const heights: number[] = [];
  const stops: string[] = [];
  let time = 0;
  const bridge = createAppBridge({
    post: (message) => posted.push(message),
    input: { city: 'Rome' },
    result: { content: [], structuredContent: { sky: 'blue' } },
    context: () => ({ theme: 'dark' }),
    version: '1',
    onWish: (wish) => new Promise((answer) => wishes.push({ wish, answer })),
    onHeight: (px) => heights.push(px),
    onReady: () => {},
    onStop: (cause) => stops.push(cause),
    now: () => time,
  });
  const ask = (method: string, params: unknown = {}, id: unknown = 1) =>
    bridge.receive({ jsonrpc: '2.0', id, method, params });
  const tell = (method: string, params: unknown = {}) => bridge.receive({ jsonrpc: '2.0', method, params });
  const pass = (ms: number) => (time += ms);
  return { bridge, posted, wishes, heights, stops, ask, tell, pass };
}

const text = (value: string) => ({ role: 'user', content: [{ type: 'text', text: value }] });

it('tells an app of the host, and once of its call', () => {
  const { posted, ask, tell, bridge } = openBridge();
  bridge.changeContext({ theme: 'light' });
  ask('ui/initialize', { protocolVersion: '2025-11-21' }, 'a');
  tell('ui/notifications/initialized');
  tell('ui/notifications/initialized');
  bridge.changeContext({ theme: 'light' });
  expect(posted).toEqual([
    { jsonrpc: '2.0', id: 'a', result: expect.objectContaining({ hostContext: { theme: 'dark' } }) as unknown },
    { jsonrpc: '2.0', method: 'ui/notifications/tool-input', params: { arguments: { city: 'Rome' } } },
    expect.objectContaining({ params: { content: [], structuredContent: { sky: 'blue' } } }),
    { jsonrpc: '2.0', method: 'ui/notifications/host-context-changed', params: { theme: 'light' } },
  ]);
});

describe('what an app wants', () => {
  it('is decided by a person, one thing at a time', async () => {
    const { posted, wishes, ask } = openBridge();
    ask('ui/open-link', { url: 'https://Example.com/a' }, 1);
    ask('ui/message', text('again'), 2);
    expect(wishes.map(({ wish }) => wish)).toEqual([
      { kind: 'link', url: 'https://example.com/a', host: 'example.com' },
    ]);
    wishes[0]?.answer('done');
    await Promise.resolve();
    // As the text of the specification has it, without a list.
    ask('ui/message', { role: 'user', content: { type: 'text', text: ' Hi ' } }, 3);
    expect(wishes[1]?.wish).toEqual({ kind: 'message', text: 'Hi' });
    wishes[1]?.answer('refused');
    await Promise.resolve();
    expect(posted).toEqual([
      { jsonrpc: '2.0', id: 2, error: { code: -32_000, message: expect.stringContaining('not answered') as unknown } },
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 3, error: { code: -32_000, message: 'The person has refused this' } },
    ]);
  });

  it('is refused where it is not what it seems, or more than anybody reads', () => {
    const { posted, wishes, ask } = openBridge();
    for (const url of ['javascript:alert(1)', 'https://bank.example@evil.example/', '/relative', 'x'.repeat(3000), 7])
      ask('ui/open-link', { url });
    for (const params of [text(''), text('x'.repeat(9000)), { ...text('x'), role: 'assistant' }, { role: 'user' }])
      ask('ui/message', params);
    ask('tools/call', { name: 'x' });
    ask('ui/download-file');
    expect(wishes).toEqual([]);
    const codes = posted.map(({ error }) => (error as { code: number }).code);
    expect(codes).toEqual([...Array.from({ length: 9 }, () => -32_602), -32_601, -32_601]);
  });
});

it('reads no more messages than an app needs, and none that is not JSON-RPC', () => {
  const { posted, heights, stops, tell, ask, pass, bridge } = openBridge();
  for (const odd of [null, 'x', [], { method: 'ping', id: 1 }, { jsonrpc: '2.0', id: 1, result: {} }])
    bridge.receive(odd);
  for (const height of [120, Number.NaN, '9']) tell('ui/notifications/size-changed', { height });
  expect(heights).toEqual([120]);
  pass(10_000);
  for (let count = 0; count < 200; count += 1) tell('notifications/message');
  expect(stops).toEqual([]);
  tell('notifications/message');
  ask('ping');
  expect([stops, posted]).toEqual([['flood'], []]);
});
