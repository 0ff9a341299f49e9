import { pino } from 'pino';
import { expect, it } from 'vitest';

import { toHookMatchers } from '../../agent-process/options/hook-matchers.ts';
import type { ProcessPlugin, ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import { ToolDecisions } from '../../permissions/tool-decisions.ts';
import { createPluginRules } from './plugin-rules.ts';
import { createSessionHooks } from './session-hooks.ts';

it('handles every event that a process registers with the SDK, and no other', () => {
  const source = { layer: 'default', rule: null } as const;
  const decisions = new ToolDecisions({
    evaluate: () => ({ permission: 'ask', reason: 'It asks', rule: undefined, source }),
  });
  const hooks = createSessionHooks({
    ...{ sessionId: 'sesn_1', logger: pino({ level: 'silent' }), handlers: [], decisions },
    facts: { noteVerdict: () => undefined },
    noteShellLine: async () => undefined,
    refresh: () => undefined,
    onHookAsks: () => undefined,
  });
  expect([...hooks.events].toSorted()).toEqual(Object.keys(toHookMatchers(hooks.onHook)).toSorted());
});

it('lets what was granted to a plugin allow calls of the servers that it serves, and of no other of that name', () => {
  const toPlugin = (name: string, permissions: string[]): ProcessPlugin => ({
    ...{ name, displayName: name, version: null, digest: '', path: null, hooks: [], handlers: [], permissions },
  });
  const granted = ['mcp__search__find', 'mcp__search__*', 'mcp__own__*', 'Bash(git log *)'];
  const settings = {
    plugins: [toPlugin('first', []), toPlugin('second', granted)],
    mcpServers: [
      { name: 'search', transport: 'http', url: 'https://a.example', plugin: 'first' },
      { name: 'more', transport: 'http', url: 'https://b.example', plugin: 'second' },
    ],
  } satisfies Partial<ProfileSettings>;
  const rules = createPluginRules(pino({ level: 'silent' }));
  const judge = (toolName: string, servers: ProfileSettings['mcpServers'] = settings.mcpServers) => {
    const call = { toolName, input: {}, paths: [], script: () => undefined, readsOnly: () => false };
    return rules({ ...settings, mcpServers: servers } as unknown as ProfileSettings).evaluate(
      { ...call, toPath: () => undefined },
      'user',
    )?.effect;
  };
  expect(judge('mcp__search__find')).toBeUndefined();
  // The agent's own server.
  expect(judge('mcp__own__find', [{ name: 'own', transport: 'http', url: 'https://c.example' }])).toBeUndefined();
  const served = settings.mcpServers.map((server) => ({ ...server, plugin: 'second' }));
  expect(judge('mcp__search__find', served)).toBe('allow');
});
