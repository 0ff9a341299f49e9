import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { createWorkspaceDir, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it, vi } from 'vitest';

import { runCli } from '../run-cli.ts';
import { describePlugin, listPlugins } from './print-plugins.ts';

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
  const start = (args: string[], signal?: AbortSignal) => {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const context = {
      ...(signal && { signal }),
      environment: { CLAUDE_SDK_PATTERN_API_KEY: server.apiKey },
      print,
      printError: print,
    };
    const isLocal = ['new', 'validate', 'try', '--help'].includes(args[0] ?? '');
    return { printed, code: runCli(['plugin', ...args, ...(isLocal ? [] : ['--url', server.url])], context) };
  };
  const run = async (...args: string[]) => {
    const { code, printed } = start(args);
    return `${await code} ${printed.join('\n')}`;
  };
  const good = join(dir.path, 'good');
  const valid = await run('validate', good);
  expect(valid).toMatch(/^0 greeter 1\.0\.0 can be taken in.*skill greet.*hook Stop.*hooks\.Stpo: is no hook event/s);
  expect(await run('validate', join(dir.path, 'bad'))).toMatch(/^1 .*plugin\.json: csp\.tolls: is not known here/s);
  expect(await run('validate', join(dir.path, 'none'))).toMatch(/^1 .*does not exist on the server/);

  const made = join(dir.path, 'my-words');
  expect(await run('new', made, '--kind', 'tool')).toMatch(/^0 Made .*my-words/);
  expect(await run('validate', made)).toMatch(/^0 my-words 1\.0\.0 can be taken in.*tool count_words/s);
  expect(await run('try', made, 'count_words', '{"path":"none"}')).toMatch(/^1 .*ENOENT/);
  expect(await run('try', made)).toMatch(/^0 It has these tools:\n {2}count_words {2}Counts/);
  await writeFile(join(made, 'tools.ts'), 'export const plugin = { tools: [] };');
  expect(await run('validate', made)).toMatch(
    /^1 .*\.\/tools\.ts: The module defines no usable tool count_words\. Corr/s,
  );
  expect(await run('validate', made, '--static')).toMatch(/^0 my-words.*Not compared with \.\/tools\.ts/s);
  await copyFile(join(import.meta.dirname, '../../../../plugins/tool/tools.ts'), join(made, 'tools.ts'));
  expect(await run('new', made)).toMatch(/^1 .*my-words has files already/);
  expect(await run('new', made, '--kind', 'none')).toMatch(/^2 --kind takes tool.*See csp plugin --help\.$/);

  expect(await run('list')).toMatch(/^0 There are no plugins/);
  expect(await run('add', good)).toMatch(/^0 greeter 1\.0\.0 is registered\.\nIt asks for\n {2}hooks: Stop/);
  expect(await run('add', good)).toMatch(/^1 There is a plugin greeter already/);
  expect(await run('activate', 'greeter', '--grant-all')).toMatch(/^0 greeter 1\.0\.0 is active\./);
  expect(await run('list')).toMatch(/greeter +1\.0\.0 +active +1 skill, 1 hook +1 problem/);
  expect(await run('show', 'greeter')).toMatch(
    /granted\n {2}hooks: Stop\nHealth: .*hooks\.Stpo: is no hook event.*\./s,
  );
  expect(await run('upgrade', 'greeter')).toMatch(/^1 .*content is the same/);
  expect(await run('roll-back', 'greeter')).toMatch(/^1 .*no version before/);
  expect(await run('deactivate', 'greeter', '--json')).toMatch(/^0 \{.*"state": "disabled"/s);
  // Who accepts an upgrade sees what it runs, as it is written.
  await run('activate', 'greeter', '--grant-all');
  await writeFile(join(good, 'skills/greet/SKILL.md'), `${skill}Say \u202Ehello.\n`);
  const next = { Stop: [{ hooks: [{ type: 'command', command: 'true\nNeeds no grant:' }] }] };
  await writeFile(join(good, 'hooks/hooks.json'), JSON.stringify({ hooks: next }));
  const waiting = await run('upgrade', 'greeter');
  expect(waiting).toContain(`Needs a grant:
  ~ hook Stop: files that it may run or read have changed, called differently
      - always: true
      + always: true
          │ Needs no grant:
Changes without a grant:
  ~ skill greet: text changed (skills/greet/SKILL.md, +1 -0 lines)
      @@ 2 → 2 @@
       name: greet
       description: Greets
       ---
      +Say <U+202E>hello.
Files: 0 added, 0 removed, 2 changed, 1 the same
  ~ hooks/hooks.json`);
  expect(await run('show', 'greeter')).toContain('~ hook Stop');
  expect(await run('review', 'greeter', '--file', 'hooks/hooks.json')).toMatch(
    /^0 hooks\/hooks\.json: .*\n\+\{"hooks"/s,
  );
  expect(await run('review', 'greeter', '--current')).toMatch(
    /^0 greeter 1\.0\.0 brings\nNeeds a grant:\n {2}\+ hook Stop/,
  );
  expect(await run('review', 'greeter', '--previous')).toMatch(/^1 The plugin greeter has no previous version/);
  const headers = ['--header', 'Key: ${secret:KEY}', '--header', 'Other: hidden'];
  expect(await run('add', 'mcp:docs=https://docs.example/mcp', ...headers)).toMatch(
    /^0 docs is registered.*\nRuns once you activate it:\n {2}\+ MCP server docs\n.*\nNext: csp plugin activate docs --revision 1, with --grant /s,
  );
  expect(await run('show', 'docs')).toContain(
    'It is called as https://docs.example/mcp\n  Key: ${secret:KEY}\n  Other: …\n',
  );
  expect(await run('remove', 'docs')).toBe('0 Removed docs.');
  expect(await run('remove', 'greeter')).toBe('0 Removed greeter.');
  expect(await run('remove', 'greeter')).toMatch(/^1 There is no plugin greeter/);

  // A loop of development: each save is taken in, a broken one ends nothing, and in the end it is as it was before.
  const tools = await readFile(join(made, 'tools.ts'), 'utf8');
  const save = (text: string) => writeFile(join(made, 'tools.ts'), text);
  const develop = () => {
    const stop = new AbortController();
    const { printed, code } = start(['dev', made, '--session', 'sesn_none'], stop.signal);
    return {
      shows: (text: string | RegExp) => vi.waitFor(() => expect(printed.join('\n')).toMatch(text), { timeout: 20_000 }),
      async end() {
        stop.abort();
        return `${await code} ${printed.at(-1)}`;
      },
    };
  };
  const first = develop();
  await first.shows(/Taken in \d+ ms: my-words 1\.0\.0 with tool count_words\n.*sesn_none was not reloaded/s);
  await save(tools.replace('defineTool({', 'defineTool({ ]'));
  await first.shows(/Not taken \(tools\.ts\): tools\.ts:\d+: .*\nThe version before serves/);
  await save(tools.replaceAll("'count_words'", "'other'"));
  await first.shows(
    /Not taken \(tools\.ts\).*no usable tool count_words; .* leaves out other, which it defines\. Correct.*The version before serves/s,
  );
  expect(await first.end()).toMatch(/^0 Removed my-words, which was not there before/);

  await save(tools);
  await run('add', made);
  await run('activate', 'my-words', '--grant-all');
  const [before] = JSON.parse((await run('list', '--json')).slice(2)).data;
  const second = develop();
  await second.shows(/my-words serves this content already/);
  for (const change of ['// one\n', '// two\n']) {
    await save(tools + change);
    await second.shows(new RegExp(`(?:Taken in .*){${change.includes('two') ? 2 : 1}}`, 's'));
  }
  expect(await second.end()).toMatch(/^0 my-words is as it was before, at 1\.0\.0/);
  const { revision, ...others } = before;
  expect(JSON.parse((await run('list', '--json')).slice(2)).data).toEqual([
    { ...others, previous: null, revision: expect.any(Number) },
  ]);
  expect(revision).toBeGreaterThan(0);
  expect(await run('--help')).toMatch(/^0 csp plugin: the plugins of a server/);
  expect(await run('fly')).toMatch(/^2 There is no command fly.*See csp plugin --help\.$/);
});

it('tells an active plugin whose server fails from one that is well', () => {
  const none = { hooks: [], hosts: [], secrets: [], permissions: [] };
  const toPlugin = (status: 'ok' | 'failed') =>
    ({
      ...{ name: 'docs', version: '1', state: 'active', parts: [], requires: none, granted: none, problems: [] },
      ...{
        pending: null,
        health: { status, reason: status === 'ok' ? null : 'The MCP server docs cannot be reached' },
      },
    }) as unknown as PluginResource;
  expect(listPlugins([toPlugin('ok')])).toMatch(/active$/);
  expect(listPlugins([toPlugin('failed')])).toMatch(/active, failing$/);
  expect(describePlugin(toPlugin('failed'))).toBe('docs 1 is active, failing.\nThe MCP server docs cannot be reached.');
});
