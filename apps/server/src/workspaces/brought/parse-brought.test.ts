import { expect, it } from 'vitest';

import { parseBrought } from './parse-brought.ts';

const none = { settings: undefined, local: undefined, servers: undefined, files: [] };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

it('uses hooks and allowed calls of both settings, and shows everything else as without effect', () => {
  const hook = (command: string) => ({ matcher: 'Bash', hooks: [{ type: 'command', command }] });
  const { items, hooks, allow } = parseBrought({
    ...none,
    settings: json({ hooks: { Stop: [hook('a')] }, apiKeyHelper: './key', permissions: { deny: ['Read'] } }),
    local: json({ hooks: { Stop: [hook('b')], __proto__: [] }, permissions: { allow: ['Bash(ls)'] } }),
  });
  expect(hooks).toEqual({ Stop: [hook('a'), hook('b')] });
  expect(allow).toEqual(['Bash(ls)']);
  expect(items.filter(({ runs }) => !runs).map(({ name }) => name)).toEqual(['apiKeyHelper', 'permissions.deny']);
});

it('uses no server that names a secret of the platform, and nothing of a file that is no JSON', () => {
  const { items, servers } = parseBrought({
    ...none,
    settings: Buffer.from('{"hooks": '),
    servers: json({
      mcpServers: { good: { command: 'cat' }, bad: { command: 'cat', env: { A: '${secret:KEY}' } } },
    }),
  });
  expect(Object.keys(servers)).toEqual(['good']);
  expect(items.map(({ name, runs }) => [name, runs])).toEqual([
    ['no JSON', false],
    ['good', true],
    ['bad', false],
  ]);
});

it('shows every file that is copied with what runs, and none where nothing does', () => {
  const files = [
    { path: 'hooks/check.sh', content: Buffer.from('exit 0\n') },
    { path: 'skills/greet/inner/SKILL.md', content: Buffer.from('Hello\n') },
    { path: 'tool.bin', content: Buffer.from([0, 1, 2]) },
  ];
  expect(parseBrought({ ...none, files }).items).toEqual([]);
  const settings = json({ permissions: { allow: ['Bash(ls)'] } });
  expect(parseBrought({ ...none, settings, files }).items.map(({ kind, name, text }) => [kind, name, text])).toEqual([
    ['permission', 'Bash(ls)', 'Bash(ls)'],
    ['file', 'hooks/check.sh', 'exit 0\n'],
    ['file', 'skills/greet/inner/SKILL.md', 'Hello\n'],
    ['file', 'tool.bin', '3 bytes that are no text'],
  ]);
});

it('uses nothing that is nested deeper than anything that Claude Code reads, and shows that no larger than it is', () => {
  const nest = (depth: number) => `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
  // With an indent for each level, the first would be 32 million characters; the second is more than JSON.stringify takes.
  for (const settings of [nest(4000), nest(200_000)].map((text) => Buffer.from(text)))
    expect(parseBrought({ ...none, settings, servers: settings })).toMatchObject({
      items: [{ name: 'nested too deeply', runs: false, text: settings.toString() }],
      servers: {},
    });
});

it('shows what runs to its last character, however long it is', () => {
  const command = `: ${'x'.repeat(200_000)}; tail`;
  const settings = json({ hooks: { Stop: [{ hooks: [{ type: 'command', command }] }] } });
  const files = [{ path: 'hooks/check.sh', content: Buffer.from(`# ${'x'.repeat(200_000)}\ntail`) }];
  const { items } = parseBrought({ ...none, settings, files });
  expect(items.map(({ kind, text }) => [kind, text.includes('tail')])).toEqual([
    ['hook', true],
    ['file', true],
  ]);
});
