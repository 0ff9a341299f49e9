import type { SlashCommand } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { toAgentCommands } from './agent-commands.ts';

const command = (name: string, more: Partial<SlashCommand> = {}): SlashCommand => ({
  name,
  description: `What ${name} does`,
  argumentHint: '',
  ...more,
});

describe('the commands of an agent', () => {
  it('are those of skills and servers, and of Claude Code’s own those that fit a session here', () => {
    const offered = toAgentCommands([
      command('clear', { builtin: true }),
      command('poem', { argumentHint: '<topic>' }),
      command('compact', { builtin: true }),
      command('mcp__docs__find'),
      command('a-new-one', { builtin: true }),
    ]);
    expect(offered.map(({ name }) => name)).toEqual(['compact', 'mcp__docs__find', 'poem']);
    expect(offered.at(-1)).toEqual({
      ...{ name: 'poem', description: 'What poem does', argument_hint: '<topic>', plugin: null },
    });
  });

  it('tell the plugin that brings them', () => {
    const empty = { hooks: [], handlers: [], permissions: [] };
    const plugin = { name: 'sea', displayName: 'The Sea', version: null, digest: 'd', path: '/sea', ...empty };
    const tide = command('sea:tide', { description: '(sea) Tells the tide' });
    const offered = toAgentCommands([tide, command('seaside:tide'), command('tide')], [plugin]);
    const sea = { name: 'sea', display_name: 'The Sea' };
    expect(offered.map((each) => each.plugin)).toEqual([sea, null, null]);
    expect(offered[0]?.description).toBe('Tells the tide');
  });

  it('stand there once each: Claude Code runs its own before another of the same name', () => {
    const own = command('init', { builtin: true, description: 'Its own' });
    for (const both of [
      [own, command('init')],
      [command('init'), own],
    ]) {
      expect(toAgentCommands(both).map(({ description }) => description)).toEqual(['Its own']);
    }
  });

  it('are described in one sentence', () => {
    const [first, second] = toAgentCommands([
      command('a', { description: 'Reads e.g. a file\nand v2.1 of it. Then much more follows.' }),
      command('b', { description: 'x'.repeat(500) }),
    ]);
    expect(first?.description).toBe('Reads e.g. a file and v2.1 of it');
    expect(second?.description).toHaveLength(160);
  });
});
