import type { McpAppAnswer } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { ApiError } from '../../../api/api-error.ts';
import type { WishOutcome } from './app-bridge.ts';
import { createAskServer } from './ask-server.ts';

const toAnswer = (answer: Partial<McpAppAnswer>): McpAppAnswer => ({
  ...{ type: 'mcp_app_answer', outcome: 'answered', reason: null, confirmation: null, result: { content: [] } },
  ...answer,
});

const NEEDED = { outcome: 'needs_confirmation', reason: 'Why', result: null } as const;

/** A server that wants each call confirmed; where it asks explicitly, each input of its own. */
function open({ mayAsk = true, needsConfirmation = true, isExplicit = (): boolean => false } = {}) {
  const sent: (string | undefined)[] = [];
  const denied = new Set<string>();
  const server = createAskServer({
    ...{ denied, onDenied: () => undefined },
    mayAsk: () => mayAsk,
    async call({ tool, input, confirmed }) {
      sent.push(confirmed);
      const once = `${tool} ${JSON.stringify(input)}`;
      const forApp = isExplicit() ? null : tool;
      if (!needsConfirmation || (confirmed !== undefined && [once, forApp].includes(confirmed))) return toAnswer({});
      return toAnswer({ ...NEEDED, confirmation: { once, for_app: forApp } });
    },
    async read({ uri, confirmed }) {
      if (uri === 'a') throw new ApiError(409, 'state_conflict', 'Send a message first');
      return confirmed === uri ? toAnswer({}) : toAnswer({ ...NEEDED, confirmation: { once: uri, for_app: null } });
    },
  });
  const asked: unknown[] = [];
  const call = (outcome: WishOutcome, tool = 'roll', input = {}) =>
    server({ kind: 'call', tool, input }, async (wish) => {
      asked.push(wish);
      return outcome;
    });
  return { server, sent, asked, denied, call };
}

it('asks a person about a call that has to be confirmed, until they deny its tool or allow it for this app', async () => {
  const { server, sent, asked, denied, call } = open();
  expect(await call('refused')).toEqual({ problem: 'The person has refused this' });
  expect(await call('done')).toEqual({ problem: 'The person has refused this' });
  expect([asked.length, sent]).toEqual([1, [undefined]]);
  denied.clear();
  expect(await call('done')).toEqual({ result: { content: [] } });
  expect(sent).toEqual([undefined, undefined, 'roll {}']);
  await call('always');
  await call('refused');
  expect([asked.length, sent.slice(3)]).toEqual([3, [undefined, 'roll {}', 'roll']]);
  expect(await call('refused', 'other')).toHaveProperty('problem');
  expect(await server({ kind: 'read', uri: 'a' }, async () => 'done')).toEqual({ problem: 'Send a message first' });
});

it('shows again what is asked for another reason than the one that the person has allowed', async () => {
  let isExplicit = false;
  const { asked, call } = open({ isExplicit: () => isExplicit });
  await call('always', 'pay', { sum: 1 });
  await call('refused', 'pay', { sum: 2 });
  expect(asked).toEqual([expect.objectContaining({ input: { sum: 1 }, mayAllowTool: true })]);
  isExplicit = true;
  expect(await call('refused', 'pay', { sum: 3 })).toHaveProperty('problem');
  expect(asked.slice(1)).toEqual([expect.objectContaining({ input: { sum: 3 }, mayAllowTool: false })]);
});

it('asks a person about a resource where a rule or a hook does', async () => {
  const { server, denied } = open();
  const read = (outcome: WishOutcome) => server({ kind: 'read', uri: 'b' }, async () => outcome);
  expect(await read('done')).toEqual({ result: { content: [] } });
  expect(await read('refused')).toHaveProperty('problem');
  expect([...denied]).toEqual(['resources/read']);
});

it('asks nobody where the policy allows, and does nothing for people who may only look', async () => {
  const free = open({ needsConfirmation: false });
  expect(await free.call('refused')).toEqual({ result: { content: [] } });
  const viewer = open({ mayAsk: false });
  expect(await viewer.call('done')).toEqual({ problem: 'The person may only look' });
  expect([free.asked, viewer.sent]).toEqual([[], []]);
});
