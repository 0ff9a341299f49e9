import type { McpAppAnswer } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { ApiError } from '../../../api/api-error.ts';
import type { WishOutcome } from './app-bridge.ts';
import { createAskServer } from './ask-server.ts';

const toAnswer = (answer: Partial<McpAppAnswer>): McpAppAnswer => ({
  ...{ type: 'mcp_app_answer', outcome: 'answered', reason: null, result: { content: [] } },
  ...answer,
});

function open({ mayAsk = true, needsConfirmation = true } = {}) {
  const sent: boolean[] = [];
  const denied = new Set<string>();
  const server = createAskServer({
    ...{ denied, onDenied: () => undefined },
    mayAsk: () => mayAsk,
    async call({ confirmed }) {
      sent.push(confirmed);
      return confirmed || !needsConfirmation
        ? toAnswer({})
        : toAnswer({ outcome: 'needs_confirmation', reason: 'Why', result: null });
    },
    read: () => Promise.reject(new ApiError(409, 'state_conflict', 'Send a message first')),
  });
  const asked: unknown[] = [];
  const call = (outcome: WishOutcome, tool = 'roll') =>
    server({ kind: 'call', tool, input: {} }, async (wish) => {
      asked.push(wish);
      return outcome;
    });
  return { server, sent, asked, denied, call };
}

it('asks a person about a call that has to be confirmed, until they deny its tool or allow it for this app', async () => {
  const { server, sent, asked, denied, call } = open();
  expect(await call('refused')).toEqual({ problem: 'The person has refused this' });
  expect(await call('done')).toEqual({ problem: 'The person has refused this' });
  expect([asked.length, sent]).toEqual([1, [false]]);
  denied.clear();
  expect(await call('done')).toEqual({ result: { content: [] } });
  expect(sent).toEqual([false, false, true]);
  await call('always');
  await call('refused');
  expect([asked.length, sent.slice(3)]).toEqual([3, [false, true, true]]);
  expect(await call('refused', 'other')).toHaveProperty('problem');
  expect(await server({ kind: 'read', uri: 'a' }, async () => 'done')).toEqual({ problem: 'Send a message first' });
});

it('asks nobody where the policy allows, and does nothing for people who may only look', async () => {
  const free = open({ needsConfirmation: false });
  expect(await free.call('refused')).toEqual({ result: { content: [] } });
  const viewer = open({ mayAsk: false });
  expect(await viewer.call('done')).toEqual({ problem: 'The person may only look' });
  expect([free.asked, viewer.sent]).toEqual([[], []]);
});
