import { expect, it } from 'vitest';

import { isCommand, parseOwnCommand, toOwnSuggestions } from './own-commands.ts';
import { filterCommands, findBest, isMatch, toMention } from './suggestions.ts';

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
    'servers',
  ]);
  expect(filterCommands(all, '').length).toBe(all.length);
  const toOf = (name: string, title: string) => (command: string) => ({
    ...{
      id: `${name}:${command}`,
      group: 'agent' as const,
      insert: '',
      label: `${name}:${command}`,
      detail: '',
      hint: '',
    },
    plugin: { name, display_name: title },
  });
  const [sea, sky] = [toOf('sea', 'The Sea'), toOf('sky', 'Over the sea')];
  const both = [...all, sea('tide'), sea('wind'), sky('wind')];
  const find = (query: string) => filterCommands(both, query).map(({ label }) => label);
  expect(find('wi')).toEqual(['sea:wind', 'sky:wind']);
  expect(find('sky')).toEqual(['sky:wind']);
  expect(find('over')).toEqual(['sky:wind']);
  expect(find('sea:t')).toEqual(['sea:tide']);
  // One that several plugins have is chosen by the person alone.
  const best = (query: string) => filterCommands(both, query)[findBest(filterCommands(both, query), query)]?.label;
  expect([best('tid'), best('win'), best('sky:w')]).toEqual(['sea:tide', undefined, 'sky:wind']);
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
