import { expect, it } from 'vitest';

import { isCommand, parseOwnCommand, toOwnSuggestions } from './own-commands.ts';
import { filterCommands, isMatch, toMention } from './suggestions.ts';

it('takes a message for a command of ours only when it begins with its whole name', () => {
  expect(parseOwnCommand('/rename  Two words ')).toEqual({ name: 'rename', argument: 'Two words' });
  expect(parseOwnCommand('/fork')).toEqual({ name: 'fork', argument: '' });
  for (const text of ['/compact', '/forks', '/fork/x', 'please /fork', '/', 'rename']) {
    expect(parseOwnCommand(text), text).toBeNull();
  }
});

it('tells a command from a reason that begins with a path', () => {
  for (const text of ['/compact', ' /compact keep the plan', '/plugin:go\nnow'])
    expect(isCommand(text), text).toBe(true);
  for (const text of ['/etc/hosts is not yours', 'use /compact', '/', '', '/ no'])
    expect(isCommand(text), text).toBe(false);
});

it('lists commands that begin with what was typed before those that contain it', () => {
  const all = toOwnSuggestions(() => {});
  expect(filterCommands(all, 'e').map(({ label }) => label)).toEqual([
    'export',
    'changes',
    'files',
    'rename',
    'reload',
  ]);
  expect(filterCommands(all, '').length).toBe(all.length);
});

it('matches a command by its name, and a file by its path or its name', () => {
  const [command] = filterCommands(
    toOwnSuggestions(() => {}),
    'fork',
  );
  if (command === undefined) throw new Error('There is no /fork.');
  expect(isMatch(command, 'Fork')).toBe(true);
  expect(isMatch(command, 'for')).toBe(false);
  const file = { ...command, group: 'file' as const, label: 'src/greet.js' };
  expect(['greet.js', 'src/greet.js', 'greet', ''].map((query) => isMatch(file, query))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([toMention('a.ts'), toMention('my file.ts')]).toEqual(['@a.ts', '@"my file.ts"']);
});
