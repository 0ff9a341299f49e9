import { describe, expect, it } from 'vitest';

import type { ListedTool } from './list-tools.ts';
import { createRelayedTools } from './relayed-tools.ts';
import { createToolSearch, toToolSearchPolicy } from './tool-search.ts';

const toTool = (name: string, more: object = {}): ListedTool => ({ name, inputSchema: { type: 'object' }, ...more });

describe('the search of tools', () => {
  it('begins once, when the tools of all servers together take more than the limit, and does not end', () => {
    let turnedOn = 0;
    const search = createToolSearch({ mode: 'auto', aboveTokens: 100 }, () => void (turnedOn += 1));
    search.note('one', { tools: 3, chars: 200 });
    search.note('one', { tools: 4, chars: 250 });
    expect([turnedOn, search.state]).toEqual([0, { tools: 4, tokens: 100, isOn: false }]);
    search.note('two', { tools: 1, chars: 10 });
    search.note('two', { tools: 0, chars: 2 });
    search.note('two', { tools: 1, chars: 10 });
    expect([turnedOn, search.state]).toEqual([1, { tools: 5, tokens: 104, isOn: true }]);
  });

  it.each([
    ['always', 'never', 'always'],
    ['never', 'always', 'never'],
    [undefined, 'always', 'always'],
    ['auto', 'never', 'auto'],
  ] as const)('is %s for an agent as %s of the operator allows', (ofAgent, operator, expected) => {
    const isForbidden = operator === 'never';
    const { mode } = toToolSearchPolicy({ mode: operator, aboveTokens: 1 }, ofAgent);
    expect(mode).toBe(isForbidden ? 'never' : expected);
  });

  it('counts neither tools that the agent may not have nor those that a server wants in every request', () => {
    const tools = createRelayedTools('store', (name) => name !== 'mcp__store__drop');
    tools.replace([toTool('find'), toTool('drop'), toTool('hello', { _meta: { 'anthropic/alwaysLoad': true } })]);
    expect(tools.list.map(({ name }) => name)).toEqual(['find', 'hello']);
    expect(tools.offered).toEqual({ tools: 1, chars: JSON.stringify([toTool('find')]).length });
    expect(tools.findOriginal('mcp__store__drop')).toBeUndefined();
  });
});
