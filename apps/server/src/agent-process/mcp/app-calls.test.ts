import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';

import { createAppCalls } from './app-calls.ts';
import type { SendToServer } from './call-as-task.ts';

const never = new AbortController().signal;
const tool = (name: string, fields: Record<string, unknown> = {}) => ({
  ...{ name, inputSchema: { type: 'object' as const } },
  ...fields,
});

function openCalls(send: SendToServer) {
  const told: unknown[] = [];
  const closing = new AbortController();
  const calls = createAppCalls({
    tools: {
      listed: [
        tool('plain'),
        tool('hidden', { _meta: { ui: { visibility: ['app'] } } }),
        tool('theirs', { _meta: { ui: { visibility: ['model'] } } }),
      ],
    },
    use: {
      beginCall:
        (name) =>
        (...end) =>
          void told.push([name, ...end]),
    },
    send,
    closed: closing.signal,
  });
  return { calls, told, closing };
}

it('calls what the server lets its apps call, also what the agent does not see, and nothing else', async () => {
  const sent: unknown[] = [];
  const { calls, told } = openCalls(async (request) => {
    sent.push(request.params);
    return { content: [{ type: 'text', text: 'Two' }], structuredContent: { two: 2 }, _meta: { for: 'the app' } };
  });
  expect(['plain', 'hidden', 'theirs', 'none'].map((name) => calls.offers(name))).toEqual([true, true, false, false]);
  expect(await calls.call('hidden', { a: 1 }, never)).toMatchObject({
    ...{ structuredContent: { two: 2 }, _meta: { for: 'the app' } },
  });
  await expect(calls.call('theirs', {}, never)).rejects.toThrow('no tool theirs for apps');
  expect([sent, told]).toEqual([[{ name: 'hidden', arguments: { a: 1 } }], [['hidden', 'ok']]]);
});

it('gives no result that is too large or none of MCP, and tells how each call ended', async () => {
  const answers: (Record<string, unknown> | Error)[] = [
    { content: [{ type: 'text', text: 'x'.repeat(1024 * 1024) }] },
    { content: 'none' },
    new McpError(ErrorCode.InvalidParams, 'no such city'),
    { contents: [{ uri: 'a:b', text: 'x'.repeat(4 * 1024 * 1024) }] },
  ];
  const { calls, told } = openCalls(async () => {
    const next = answers.shift() ?? {};
    if (next instanceof Error) throw next;
    return next;
  });
  await expect(calls.call('plain', {}, never)).rejects.toThrow('larger than 1 MB');
  await expect(calls.call('plain', {}, never)).rejects.toThrow('none of the Model Context Protocol');
  await expect(calls.call('plain', {}, never)).rejects.toThrow('no such city');
  await expect(calls.read('a:b', never)).rejects.toThrow('larger than 4 MB');
  expect(told.map((end) => (end as string[])[1])).toEqual(['failed', 'failed', 'error']);
});

it('ends a call when the person stops it, and when the process ends', async () => {
  const { calls, told, closing } = openCalls(
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const stop = new AbortController();
  const call = calls.call('plain', {}, stop.signal);
  stop.abort();
  await expect(call).rejects.toThrow('it was stopped');
  const last = calls.call('plain', {}, never);
  closing.abort();
  await expect(last).rejects.toThrow('process of the session has ended');
  expect(told.map((end) => (end as string[])[1])).toEqual(['stopped', 'stopped']);
});
