import { expect, it } from 'vitest';

import type { Fact } from '../audit/fact.ts';
import { createCallPrompt } from './call-prompt.ts';
import { judgeAppCall, withHooks } from './judge-app-call.ts';

const call = { toolName: 'mcp__docs__summary', input: { arguments: 'of all' } };

it('counts what a rule asks as answered by who typed the command, and denies what they may not know of', async () => {
  const facts: Fact[] = [];
  const ask = (layer: 'platform' | 'secrets', reason: string) =>
    judgeAppCall([{ permission: 'ask', reason, source: { layer, rule: null } }]);
  const ofHook = { permission: 'ask', reason: 'It sends what customers wrote to others' } as const;
  const ruled = ask('platform', 'Asked for by a rule');
  const run = async (verdict: typeof ruled) => {
    const callPrompt = createCallPrompt({
      session: () => ({ id: 'sesn_1', agentId: 'agent_1' }),
      judge: async () => verdict,
      record: async (fact) => void facts.push(fact),
    });
    const { signal } = new AbortController();
    return callPrompt(call, { run: async () => 'told', signal }).catch((error: unknown) => String(error));
  };
  expect(await run(ruled)).toBe('told');
  expect(await run(withHooks(ruled, { said: undefined, unasked: ['Guard'] }))).toBe('told');
  expect(await run(ask('secrets', 'The input holds a GitHub token'))).toMatch(
    /holds a GitHub token\. .*write it otherwise/,
  );
  expect(await run(withHooks(ruled, { said: ofHook, unasked: [] }))).toMatch(/It sends what customers wrote/);
  expect(facts.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    ...['tool.decide allow', 'tool.run success', 'tool.decide allow', 'tool.run success'],
    ...['tool.decide deny', 'tool.decide deny'],
  ]);
});
