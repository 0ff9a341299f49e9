import { describe, expect, it } from 'vitest';

import { createAppBridge, type WishOutcome } from './app-bridge.ts';
import type { AppWish } from './app-messages.ts';

function openBridge() {
  const posted: Record<string, unknown>[] = [];
  const wishes: { wish: AppWish; answer: (outcome: WishOutcome) => void }[] = [];
  const requests: unknown[] = [];
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
    reachesServer: true,
    onRequest: async (request, decide) => {
      requests.push(request);
      if (request.kind === 'read') return { problem: 'It is not there' };
      const outcome = await decide({ ...request, mayAllowTool: true, reason: 'It may change something' });
      return outcome === 'done' ? { result: { content: [] } } : { problem: outcome };
    },
    onHeight: (px) => heights.push(px),
    onReady: () => {},
    onStop: (cause) => stops.push(cause),
    now: () => time,
  });
  const ask = (method: string, params: unknown = {}, id: unknown = 1) =>
    bridge.receive({ jsonrpc: '2.0', id, method, params });
  const tell = (method: string, params: unknown = {}) => bridge.receive({ jsonrpc: '2.0', method, params });
  const pass = (ms: number) => (time += ms);
  return { bridge, posted, requests, wishes, heights, stops, ask, tell, pass };
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
    await expect.poll(() => posted.length).toBe(2);
    // As the text of the specification has it, without a list.
    ask('ui/message', { role: 'user', content: { type: 'text', text: ' Hi ' } }, 3);
    expect(wishes[1]?.wish).toEqual({ kind: 'message', text: 'Hi' });
    wishes[1]?.answer('refused');
    await expect.poll(() => posted.length).toBe(3);
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
    for (const params of [
      {},
      { name: '' },
      { name: 'x', arguments: [] },
      { name: 'x', arguments: { a: 'x'.repeat(100_000) } },
    ])
      ask('tools/call', params);
    ask('resources/read', { uri: 7 });
    ask('sampling/createMessage');
    ask('ui/download-file');
    expect(wishes).toEqual([]);
    const codes = posted.map(({ error }) => (error as { code: number }).code);
    expect(codes).toEqual([...Array.from({ length: 14 }, () => -32_602), -32_601, -32_601]);
  });
});

it('has its server asked for one thing after the other, and each gets its answer', async () => {
  const { posted, requests, wishes, ask, bridge } = openBridge();
  ask('tools/call', { name: 'roll', arguments: { sides: 6 } }, 1);
  ask('resources/read', { uri: 'ui://a' }, 2);
  await expect.poll(() => wishes.length).toBe(1);
  // A person answers one question at a time.
  ask('ui/message', text('Hi'), 3);
  expect([requests.length, wishes[0]?.wish]).toEqual([1, expect.objectContaining({ kind: 'call', tool: 'roll' })]);
  wishes[0]?.answer('done');
  await expect.poll(() => posted.length).toBe(3);
  expect(posted).toEqual([
    expect.objectContaining({ id: 3, error: expect.objectContaining({ code: -32_000 }) as unknown }),
    { jsonrpc: '2.0', id: 1, result: { content: [] } },
    { jsonrpc: '2.0', id: 2, error: { code: -32_000, message: 'It is not there' } },
  ]);
  for (let id = 10; id < 20; id += 1) ask('tools/call', { name: 'roll' }, id);
  expect(posted.slice(3).map(({ id }) => id)).toEqual([18, 19]);
  bridge.close();
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
