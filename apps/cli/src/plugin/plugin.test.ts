import { join } from 'node:path';

import { createWorkspaceDir, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { runCli } from '../run-cli.ts';

const skill = '---\nname: greet\ndescription: Greets\n---\n';
const hooks = JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }], Stpo: [] } });
const manifest = JSON.stringify({ name: 'greeter', version: '1.0.0' });

it('checks a plugin without a server, and takes it through its life on one', async () => {
  await using server = await startServer();
  await using dir = await createWorkspaceDir({
    'good/.claude-plugin/plugin.json': manifest,
    'good/skills/greet/SKILL.md': skill,
    'good/hooks/hooks.json': hooks,
    'bad/.claude-plugin/plugin.json': '{"name":"a","csp":{"tolls":1}}',
  });
  const run = async (...args: string[]) => {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const context = { environment: { CLAUDE_SDK_PATTERN_API_KEY: server.apiKey }, print, printError: print };
    const isLocal = ['new', 'validate', '--help'].includes(args[0] ?? '');
    const code = await runCli(['plugin', ...args, ...(isLocal ? [] : ['--url', server.url])], context);
    return `${code} ${printed.join('\n')}`;
  };
  const good = join(dir.path, 'good');
  const valid = await run('validate', good);
  expect(valid).toMatch(/^0 greeter 1\.0\.0 can be taken in.*skill greet.*hook Stop.*hooks\.Stpo: is no hook event/s);
  expect(await run('validate', join(dir.path, 'bad'))).toMatch(/^1 .*plugin\.json: csp\.tolls: is not known here/s);
  expect(await run('validate', join(dir.path, 'none'))).toMatch(/^1 .*is no folder/);

  const made = join(dir.path, 'my-words');
  expect(await run('new', made, '--kind', 'tool')).toMatch(/^0 Made .*my-words/);
  expect(await run('validate', made)).toMatch(/^0 my-words 1\.0\.0 can be taken in.*tool count_words/s);
  expect(await run('new', made)).toMatch(/^1 /);
  expect(await run('new', made, '--kind', 'none')).toMatch(/^2 --kind takes tool/);

  expect(await run('list')).toMatch(/^0 There are no plugins/);
  expect(await run('add', good)).toMatch(/^0 greeter 1\.0\.0 is registered\.\nIt asks for\n {2}hooks: Stop/);
  expect(await run('add', good)).toMatch(/^1 There is a plugin greeter already/);
  expect(await run('activate', 'greeter', '--grant-all')).toMatch(/^0 greeter 1\.0\.0 is active\./);
  expect(await run('list')).toMatch(/greeter +1\.0\.0 +active +1 skill, 1 hook +1 problem/);
  expect(await run('upgrade', 'greeter')).toMatch(/^1 .*content is the same/);
  expect(await run('roll-back', 'greeter')).toMatch(/^1 .*no version before/);
  expect(await run('deactivate', 'greeter', '--json')).toMatch(/^0 \{.*"state": "disabled"/s);
  expect(await run('remove', 'greeter')).toBe('0 Removed greeter.');
  expect(await run('remove', 'greeter')).toMatch(/^1 There is no plugin greeter/);
  expect(await run('--help')).toMatch(/^0 csp plugin: the plugins of a server/);
  expect(await run('fly')).toMatch(/^2 There is no command fly/);
});
