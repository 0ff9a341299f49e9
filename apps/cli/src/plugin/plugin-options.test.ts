import { expect, it } from 'vitest';

import { parsePluginOptions } from './plugin-options.ts';

it.each<[string[], unknown]>([
  [['./a'], { body: { type: 'path', path: './a' } }],
  [['market', '--plugin', 'x'], { body: { type: 'path', path: 'market', plugin: 'x' } }],
  [['a/b.tgz'], { archive: 'a/b.tgz' }],
  [['npm:@scope/a@^1.2'], { body: { type: 'npm', name: '@scope/a', version: '^1.2' } }],
  [['npm:@scope/a'], { body: { type: 'npm', name: '@scope/a' } }],
  [
    ['git:https://x.example/a.git#v1', '--folder', 'p'],
    { body: { type: 'git', url: 'https://x.example/a.git', ref: 'v1', path: 'p' } },
  ],
  [
    ['mcp:docs=https://x.example/mcp', '--header', 'Authorization: Bearer a:b'],
    { body: { url: 'https://x.example/mcp', headers: { Authorization: 'Bearer a:b' } } },
  ],
  [['mcp:docs=https://x.example/mcp?a=b'], { body: { type: 'mcp', name: 'docs', url: 'https://x.example/mcp?a=b' } }],
  [
    ['mcp:files', '--', 'npx', '-y', 'x', '--json'],
    { body: { type: 'mcp', name: 'files', command: 'npx', args: ['-y', 'x', '--json'] } },
  ],
  [
    ['npm:files@1', '--env', 'A=b=c', '--', '--stdio', '/srv'],
    { body: { type: 'npm', name: 'files', version: '1', args: ['--stdio', '/srv'], env: { A: 'b=c' } } },
  ],
])('reads the source of add %j', (args, source) => {
  expect(parsePluginOptions(['add', ...args])).toMatchObject({ kind: 'options', options: { command: 'add', source } });
});

it('reads grants, also rules with commas', () => {
  const grants = ['--grant', 'hooks=Stop,PreToolUse', '--grant', 'permissions=Bash(a, b)', '--grant', 'hooks=Setup'];
  expect(parsePluginOptions(['activate', 'a', ...grants])).toMatchObject({
    options: { target: 'a', grants: { hooks: ['Stop', 'PreToolUse', 'Setup'], permissions: ['Bash(a, b)'] } },
  });
});

it.each([
  [['fly']],
  [['add']],
  [['remove']],
  [['list', 'x']],
  [['remove', 'a', 'b']],
  [['activate', 'a', '--grant', 'x=y']],
  [['list', '--odd']],
  [['add', './a', '--header', 'A: b']],
  [['add', 'mcp:a=https://x.example', '--header', 'b']],
  [['add', './a', '--', '--stdio']],
  [['add', 'npm:a', '--env', 'A']],
])('says what is wrong with %j', (args) => {
  expect(parsePluginOptions(args)).toMatchObject({ kind: 'wrong' });
});
