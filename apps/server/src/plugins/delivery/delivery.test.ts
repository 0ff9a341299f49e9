import { mkdir, mkdtempDisposable, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import { pluginManifest } from '../manifest/plugin-manifest.ts';
import type { ActivePlugin, PluginPart } from '../plugin-set.ts';
import { toPlainMarkdown } from './plain-frontmatter.ts';
import { hasCommandHook } from './has-command-hook.ts';
import { createPluginFolders } from './plugin-folders.ts';
import { toServedFolder } from './served-folder.ts';

const part = (kind: PluginPart['kind'], name: string): PluginPart => ({ kind, name });

function toPlugin(contentDir: string, more: Partial<ActivePlugin> = {}): ActivePlugin {
  return {
    ...{ name: 'alpha', version: '1.0.0', digest: 'd', dir: contentDir, contentDir, mcpServers: {}, trusted: false },
    manifest: pluginManifest.parse({ name: 'Alpha.Plug' }),
    parts: [part('skill', 'greet'), part('hook', 'Stop'), part('hook', 'PreToolUse')],
    granted: { hooks: ['Stop'], hosts: [], secrets: [], permissions: [] },
    configuration: {},
    ...more,
  };
}

async function writeAll(dir: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
}

async function serve(plugin: ActivePlugin): Promise<string> {
  const [prepared] = await createPluginFolders({
    ...{ current: [plugin], onChanged: () => () => true, findOfAgent: () => undefined },
  }).prepare([toServedFolder(plugin)?.path ?? '']);
  if (prepared === undefined || 'problem' in prepared) throw new Error(prepared?.problem);
  return prepared.path;
}

describe('the folder that the CLI reads a plugin from', () => {
  it('has its skills and the hooks that were granted, and nothing that reaches the agent by another way', async () => {
    await using data = await mkdtempDisposable(join(tmpdir(), 'served-'));
    const contentDir = join(data.path, 'digest');
    const hooks = { Stop: [{ hooks: [] }], PreToolUse: [{ hooks: [] }] };
    await writeAll(contentDir, {
      '.claude-plugin/plugin.json': JSON.stringify({ name: 'Alpha.Plug', mcpServers: {} }),
      'skills/greet/SKILL.md': '---\nname: greet\n---\nHello',
      'skills/greet/run.sh': 'echo hi',
      // Of another plugin of the same marketplace.
      'skills/other/SKILL.md': '---\nname: other\n---\nHello',
      'skills/broken/SKILL.md': '---\nname: [\nhooks: x\n---\nHello',
      'hooks/hooks.json': JSON.stringify({ hooks }),
      ...{ '.mcp.json': '{}', 'monitors/monitors.json': '[]', 'settings.json': '{}' },
    });
    const parts = [{ ...part('skill', 'greet'), file: 'skills/greet/SKILL.md' }, part('hook', 'Stop')];
    const path = await serve(toPlugin(contentDir, { parts }));
    const paths = (await readdir(path, { recursive: true })).toSorted();
    expect(paths).toEqual([
      ...['.claude-plugin', '.claude-plugin/plugin.json', 'hooks', 'hooks/hooks.json', 'skills', 'skills/broken'],
      ...['skills/greet', 'skills/greet/SKILL.md', 'skills/greet/run.sh', 'skills/other'],
    ]);
    const read = async (file: string) => JSON.parse(await readFile(join(path, file), 'utf8')) as unknown;
    expect(await read('.claude-plugin/plugin.json')).toEqual({ name: 'alpha', version: '1.0.0' });
    expect(await read('hooks/hooks.json')).toEqual({ hooks: { Stop: [{ hooks: [] }] } });
    // No second copy on the disk.
    expect((await stat(join(path, 'skills/greet/run.sh'))).nlink).toBe(2);
  });

  it('runs no hooks of its Markdown whatever the names of folders are, and has no programs for the PATH', async () => {
    await using data = await mkdtempDisposable(join(tmpdir(), 'served-'));
    const contentDir = join(data.path, 'digest');
    const hooked = '---\nname: a\nhooks: {}\n---\nHello';
    const commands = { text: { source: './go.txt' }, good: { source: './go.md' }, folder: { source: './..x' } };
    await writeAll(contentDir, {
      ...{ '..x/SKILL.md': hooked, '..y.md': hooked, 'go.txt': hooked, 'go.md': hooked, 'bin/git': 'exit 1' },
      'node_modules/b/SKILL.md': hooked,
    });
    const manifest = pluginManifest.parse({ name: 'a', skills: ['./..x', './go.txt'], commands });
    const path = await serve(toPlugin(contentDir, { manifest }));
    for (const file of ['..x/SKILL.md', '..y.md', 'go.md', 'node_modules/b/SKILL.md'])
      expect(await readFile(join(path, file), 'utf8'), file).toBe('---\nname: "a"\n---\nHello');
    expect(await readdir(path)).not.toContain('bin');
    expect(JSON.parse(await readFile(join(path, '.claude-plugin/plugin.json'), 'utf8'))).toMatchObject({
      ...{ skills: ['./..x'], commands: { good: { source: './go.md' }, folder: { source: './..x' } } },
    });
    expect(await readFile(join(path, '.claude-plugin/plugin.json'), 'utf8')).not.toContain('go.txt');
  });

  it('has what was configured in its text and in arguments of hooks, but for what is sensitive', async () => {
    await using data = await mkdtempDisposable(join(tmpdir(), 'served-'));
    const contentDir = join(data.path, 'digest');
    const text = '${user_config.who} ${user_config.key} ${user_config.none} ${CLAUDE_PLUGIN_ROOT}';
    const handler = { type: 'command', command: text, args: [text] };
    await writeAll(contentDir, {
      'skills/greet/SKILL.md': `---\ndescription: \${user_config.who}\n---\n${text}`,
      'hooks/hooks.json': JSON.stringify({ hooks: { Stop: [{ hooks: [handler] }] } }),
    });
    const option = { type: 'string', title: 'T', description: 'D' } as const;
    const manifest = pluginManifest.parse({
      name: 'a',
      userConfig: { who: { ...option, default: 'Grace' }, key: { ...option, sensitive: true, default: 'secret' } },
    });
    const plugin = toPlugin(contentDir, { manifest, configuration: { who: 'Ada' } });
    const path = await serve(plugin);
    const filled = 'Ada ${user_config.key} ${user_config.none} ${CLAUDE_PLUGIN_ROOT}';
    expect(await readFile(join(path, 'skills/greet/SKILL.md'), 'utf8')).toBe(
      `---\ndescription: "\${user_config.who}"\n---\n${filled}`,
    );
    expect(JSON.parse(await readFile(join(path, 'hooks/hooks.json'), 'utf8'))).toEqual({
      hooks: { Stop: [{ hooks: [{ ...handler, args: [filled] }] }] },
    });
    expect(toServedFolder({ ...plugin, configuration: {} })?.path).not.toBe(path);
  });

  it('calls the tools of its own MCP servers as they are called here', async () => {
    await using data = await mkdtempDisposable(join(tmpdir(), 'served-'));
    const contentDir = join(data.path, 'digest');
    const names = ['mcp__plugin_Alpha_Plug_my_svc__.*', 'mcp__plugin_alpha_svc2__go', 'mcp__plugin_alpha_svc'];
    const others = ['mcp__plugin_alpha_svc3__go', 'mcp__plugin_beta_svc__go'];
    await writeAll(contentDir, {
      'skills/greet/SKILL.md': `---\nallowed-tools: ${names.join(', ')}\n---\n${[...names, ...others].join(' ')}`,
      'hooks/hooks.json': JSON.stringify({ hooks: { Stop: names.map((matcher) => ({ matcher, hooks: [] })) } }),
    });
    const server = { command: 'svc', args: [], env: {} };
    const path = await serve(toPlugin(contentDir, { mcpServers: { 'my svc': server, svc2: server, svc: server } }));
    const here = [`mcp__${toMcpServerName('my svc')}__.*`, 'mcp__svc2__go', 'mcp__svc'];
    expect(await readFile(join(path, 'skills/greet/SKILL.md'), 'utf8')).toBe(
      `---\nallowed-tools: ${JSON.stringify(here.join(', '))}\n---\n${[...here, ...others].join(' ')}`,
    );
    const { hooks } = JSON.parse(await readFile(join(path, 'hooks/hooks.json'), 'utf8')) as { hooks: object };
    expect(hooks).toEqual({ Stop: here.map((matcher) => ({ matcher, hooks: [] })) });
  });

  it('is another one where something else is granted, and there is none for a plugin of servers alone', () => {
    const plugin = toPlugin('/data/plugins/alpha/digest');
    const ungranted = { ...plugin, granted: { ...plugin.granted, hooks: [] } };
    expect(toServedFolder(ungranted)?.path).not.toBe(toServedFolder(plugin)?.path);
    expect(toServedFolder({ ...ungranted, parts: [part('mcp_server', 'a'), part('hook', 'Stop')] })).toBeUndefined();
  });

  it('has a plugin that is one skill as a skill of its name, and a plugin with dependencies beside them', async () => {
    await using data = await mkdtempDisposable(join(tmpdir(), 'served-'));
    const contentDir = join(data.path, 'digest');
    await writeAll(contentDir, { 'SKILL.md': 'Hello', 'inner/skills/a/SKILL.md': 'A', 'node_modules/b/index.js': '1' });
    const manifest = pluginManifest.parse({ name: 'alpha', skills: ['.'] });
    const bare = await serve(toPlugin(contentDir, { manifest }));
    expect(await readFile(join(bare, 'skills/greet/SKILL.md'), 'utf8')).toBe('Hello');
    const inner = await serve(
      toPlugin(contentDir, {
        dir: join(contentDir, 'inner'),
        granted: { hooks: [], hosts: [], secrets: [], permissions: [] },
      }),
    );
    expect(await readFile(join(inner, 'skills/a/SKILL.md'), 'utf8')).toBe('A');
    expect(await readFile(join(inner, '../node_modules/b/index.js'), 'utf8')).toBe('1');
  });
});

describe('the frontmatter of what is served', () => {
  it('keeps its fields but for those that could run something, however they are written', () => {
    const text = '---\nname: greet\ndescription: "a --- b"\nh\\u006foks: 1\n"h\\u006foks": {}\n---\r\nBody --- here';
    const plain = toPlainMarkdown(text) ?? '';
    expect(plain).toBe('---\nname: "greet"\ndescription: "a -\\u002d- b"\n"h\\\\u006foks": 1\n---\nBody --- here');
    expect(JSON.parse('"a -\\u002d- b"')).toBe('a --- b');
  });

  it('is not read where another parser could read more of it', () => {
    for (const text of ['---\na: [\n---\n', ' ---\nhooks: {}\n---\n', '---\nhooks: {}', '---\u00A0\nhooks: {}\n---\n'])
      expect(toPlainMarkdown(text)).toBeUndefined();
    expect(toPlainMarkdown(`---\na: ${'x'.repeat(64 * 1024)}\n---\n`)).toBeUndefined();
    expect(toPlainMarkdown('# Title\n---\nhooks: 1\n---\n')).toContain('hooks');
  });

  it('is never what an option puts in, be it all of the text or in front of it', () => {
    const hooked = '---\nhooks: {}\n---\nHello';
    const fill = (body: string) => body.replace('${user_config.x}', hooked);
    const own = '---\n{}\n---\n';
    expect(toPlainMarkdown('${user_config.x}', fill)).toBe(own + hooked);
    expect(toPlainMarkdown('${user_config.x} there', fill)).toBe(`${own}${hooked} there`);
    expect(toPlainMarkdown('---\nhooks: 1\n---\n${user_config.x}', fill)).toBe(own + hooked);
    expect(toPlainMarkdown('Hello', fill)).toBe('Hello');
  });
});

it.each([
  ['mcp__docs__erase', true],
  ['mcp__docs__erase|Bash', true],
  ['Bash|Edit', false],
  // Not run here: it counts as one that matches.
  ['Bash.*', true],
  ['', true],
])('knows of a hook with the matcher %j whether the CLI could ask it about a call', async (matcher, expected) => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'served-'));
  await writeAll(dir.path, { 'hooks/hooks.json': JSON.stringify({ hooks: { PreToolUse: [{ matcher, hooks: [] }] } }) });
  const plugin = { path: dir.path, hooks: ['PreToolUse'] };
  expect(await hasCommandHook(plugin, 'mcp__docs__erase')).toBe(expected);
  expect(await hasCommandHook({ ...plugin, hooks: ['Stop'] }, 'mcp__docs__erase')).toBe(false);
  expect(await hasCommandHook({ ...plugin, path: join(dir.path, 'none') }, 'Bash')).toBe(true);
});
