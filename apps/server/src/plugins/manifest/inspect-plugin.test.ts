import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { inspectPlugin, type InspectOptions, type Inspection } from './inspect-plugin.ts';
import { createPluginFiles } from './plugin-files.ts';

/** Each asks for the next one twice. */
function toDoubling(count: number): Record<string, object> {
  const toNext = (index: number) => ({ $ref: `#/$defs/a${index + 1}` });
  const names = Array.from({ length: count }, (_, index) => [`a${index}`, { allOf: [toNext(index), toNext(index)] }]);
  return { ...Object.fromEntries(names), [`a${count}`]: { type: 'object' } };
}

async function inspect(content: Record<string, unknown>, options: Partial<InspectOptions> = {}): Promise<Inspection> {
  const files = Object.fromEntries(
    Object.entries(content).map(([path, value]) => [path, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  await using dir = await createWorkspaceDir(files);
  const found = await inspectPlugin(createPluginFiles(dir.path, Object.keys(files)), {
    fallbackName: 'folder',
    ...options,
  });
  if ('elsewhere' in found) throw new Error('The plugin is elsewhere');
  return found;
}

const toNames = ({ parts }: Inspection) => parts.map(({ kind, name }) => `${kind} ${name}`);
const PLUGIN = '.claude-plugin/plugin.json';
const skill = (fields: string) => `---\n${fields}\n---\nDo it.`;
const good = skill('name: review\ndescription: Reviews code');

describe('a plugin for Claude Code', () => {
  it('is taken as it is, with all of its parts in their places', async () => {
    const found = await inspect({
      [PLUGIN]: {
        ...{ name: 'Team Tools'.replace(' ', '-'), version: '1.2.0', author: { name: 'A' }, keywords: ['x'] },
        ...{
          mcpServers: { inline: { type: 'http', url: 'https://a.example/mcp', headers: { a: 'Bearer ${API_KEY}' } } },
        },
        ...{
          hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] },
          skills: ['./more/'],
          lspServers: {},
        },
        userConfig: { url: { type: 'string', title: 'URL', description: 'Where', required: true } },
      },
      '.mcp.json': {
        mcpServers: { local: { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/a.js', '${MODE:-fast}'] } },
      },
      'hooks/hooks.json': { hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: 'x' }] }] } },
      'skills/review/SKILL.md': good,
      'more/write/SKILL.md': good,
      'commands/git/commit.md': 'Commit.',
      'agents/tester.md': skill('name: tester\ndescription: Tests'),
    });
    expect(toNames(found)).toEqual([
      ...['mcp_server local', 'mcp_server inline', 'skill review', 'skill write', 'command git:commit'],
      ...['agent tester', 'hook PreToolUse', 'hook Stop'],
    ]);
    expect(found.requires).toEqual({ hooks: ['PreToolUse', 'Stop'], hosts: [], secrets: ['API_KEY'], permissions: [] });
    expect(found.problems).toMatchObject([
      { field: 'lspServers', message: expect.stringContaining('no effect') as string },
    ]);
  });

  it.each([
    [{ url: 'http://x/mcp' }, 'type', 'is missing beside "url"', 'Add "type": "http"'],
    [{ type: 'streamableHttp', url: 'http://x/mcp' }, 'type', 'is no type of server', '"streamable-http"'],
    [{ comand: 'npx' }, 'comand', 'is not known, and close to "command"', 'Write "command"'],
    [{ command: 'npx -y foo' }, 'command', 'more than the name of one program', 'what follows it in "args"'],
    [{ command: 'npx', args: ['a', '--key=${API_KEY}'] }, 'args.1', 'not put on a command line', 'Name it in "env"'],
    [{ command: 'npx', arg: ['-y'] }, 'arg', 'close to "args"', 'Write "args"'],
    [{ command: 'npx', args: '-y foo' }, 'args', 'takes a list, not a text', 'Write a list, as ["…"]'],
    [{ command: 'npx', env: ['A=1'] }, 'env', 'takes an object, not a list', 'Write an object'],
  ])('says of a server what its author meant: %j', async (config, name, message, remedy) => {
    const { problems } = await inspect({
      '.mcp.json': { mcpServers: { x: config, good: { command: './a b/serve' } } },
    });
    expect(problems).toEqual([
      {
        ...{ file: '.mcp.json', field: `mcpServers.x.${name}` },
        ...{ message: expect.stringContaining(message) as string, remedy: expect.stringContaining(remedy) as string },
      },
    ]);
  });

  it('says what the CLI says nothing of, and keeps the rest', async () => {
    const found = await inspect({
      [PLUGIN]: { name: 'a', colour: 'red', commands: './gone.md' },
      '.mcp.json': { mcpServers: { bad: { command: '' }, good: { command: 'x' } } },
      'hooks/hooks.json': { hooks: { PreToolUs: [], Stop: [{ hooks: [{ type: 'command' }] }] } },
      'skills/broken/SKILL.md': skill('description: "a'),
      'skills/colon/SKILL.md': skill('name: colon\ndescription: Use when: asked'),
      'skills/open/SKILL.md': '---\nname: open',
      'skills/silent/SKILL.md': skill('name: silent'),
      'agents/a.md': '---\n- x\n---',
    });
    expect(toNames(found)).toEqual(['mcp_server good', 'skill colon', 'skill silent']);
    const places = found.problems.map(({ file, field }) => `${file}: ${field}`).toSorted();
    expect(places).toEqual([
      ...[
        '.claude-plugin/plugin.json: colour',
        '.claude-plugin/plugin.json: commands',
        '.mcp.json: mcpServers.bad.command',
      ],
      ...[
        'agents/a.md: frontmatter',
        'hooks/hooks.json: hooks.PreToolUs',
        'hooks/hooks.json: hooks.Stop[0].hooks[0].command',
      ],
      ...[
        'skills/broken/SKILL.md: frontmatter',
        'skills/colon/SKILL.md: frontmatter',
        'skills/open/SKILL.md: frontmatter',
        'skills/silent/SKILL.md: description',
      ],
    ]);
    expect(found.problems.find(({ file }) => file === 'skills/colon/SKILL.md')?.message).toMatch(
      /as Claude Code reads it/,
    );
    expect(found.problems.every(({ remedy, message }) => remedy !== '' && message !== '')).toBe(true);
  });

  it('has no command in a file that is no Markdown, and no frontmatter that takes long to read', async () => {
    const commands = { text: { source: './go.txt' }, good: { source: './go.md' } };
    const found = await inspect({
      ...{ [PLUGIN]: { name: 'a', commands }, 'go.txt': 'x', 'go.md': 'x' },
      'skills/long/SKILL.md': skill(`name: ${'x'.repeat(64 * 1024)}`),
    });
    expect(toNames(found)).toEqual(['command good']);
    expect(found.problems.map(({ field, message }) => `${field} ${message}`).toSorted()).toEqual([
      ...['commands.text names ./go.txt, where no .md is', 'frontmatter is larger than 16 KiB, or has too many fields'],
    ]);
  });

  it('may have our field csp, whose needs are to be granted', async () => {
    const requires = { hosts: ['api.example.com'], secrets: ['KEY'], permissions: ['Bash(git log *)'] };
    const tools = { module: './tools.ts', names: ['find.it'] };
    const csp = {
      tools,
      endpoints: { module: './web.ts' },
      requires,
      configuration: { properties: { n: { type: 'number' } } },
    };
    const found = await inspect({ [PLUGIN]: { name: 'a', csp }, 'tools.ts': '', 'web.ts': '' });
    expect(toNames(found)).toEqual(['tool find.it', 'endpoint a']);
    expect(found.requires).toEqual({ hooks: [], ...requires });
  });
});

describe('other forms', () => {
  it('are an .mcp.json, a skill, a folder of skills, and a folder around all of it', async () => {
    expect(toNames(await inspect({ '.mcp.json': { search: { command: 'x' } } }))).toEqual(['mcp_server search']);
    const one = await inspect({ 'SKILL.md': good, 'reference.md': '' });
    expect([one.manifest.name, ...toNames(one)]).toEqual(['review', 'skill review']);
    const folder = await inspect({ 'a/SKILL.md': good, 'b/SKILL.md': good, 'b/x.md': '' });
    expect([folder.manifest.name, ...toNames(folder)]).toEqual(['folder', 'skill a', 'skill b']);
    const wrapped = await inspect({ [`repo-main/${PLUGIN}`]: { name: 'a' }, 'repo-main/commands/x.md': 'x' });
    expect([wrapped.root, ...toNames(wrapped)]).toEqual(['repo-main', 'command x']);
  });

  it('are a plugin of a marketplace, by its name, with the entry as its manifest where it has none', async () => {
    const plugins = [
      { name: 'one', source: './plugins/one', description: 'first', category: 'x' },
      { name: 'more', source: 'one', commands: './extra.md', version: '9' },
      { name: 'less', source: 'one', commands: './extra.md', strict: false },
      { name: 'two', source: 'two', strict: false, mcpServers: { s: { command: 'x' } } },
    ];
    const content = {
      '.claude-plugin/marketplace.json': {
        name: 'm',
        owner: { name: 'o' },
        plugins,
        metadata: { pluginRoot: './plugins' },
      },
      [`plugins/one/${PLUGIN}`]: { name: 'one', version: '3' },
      'plugins/one/commands/go.md': 'Go.',
      'plugins/one/extra.md': 'More.',
      'plugins/two/README.md': 'x',
    };
    const one = await inspect(content, { plugin: 'one' });
    expect([one.root, one.manifest.version, ...toNames(one)]).toEqual(['plugins/one', '3', 'command go']);
    expect(one.manifest.description).toBe('first');
    const more = await inspect(content, { plugin: 'more' });
    expect([more.name, more.manifest.version, ...toNames(more)]).toEqual(['more', '3', 'command go', 'command extra']);
    await expect(inspect(content, { plugin: 'less' })).rejects.toThrow(
      /plugins\.less: has strict: false and names comm/,
    );
    expect(toNames(await inspect(content, { plugin: 'two' }))).toEqual(['mcp_server s']);
    const bare = { 'marketplace.json': { plugins: [{ name: 'two', source: 'two' }] }, 'two/commands/a.md': 'x' };
    await expect(inspect(bare)).rejects.toThrow(/plugins\.two\.source: is the bare name two, but metadata\.pluginRoot/);
    await expect(inspect(content)).rejects.toMatchObject({
      message: expect.stringMatching(/lists several plugins.*: one, more, less, two/),
      details: { problems: [{ choices: expect.arrayContaining(['one', 'more', 'less', 'two']) }] },
    });
    await expect(inspect(content, { plugin: 'three' })).rejects.toThrow(
      /lists no plugin three.*: one, more, less, two/,
    );
  });

  it('are put together with the entry of their marketplace as Claude Code does', async () => {
    const toHooks = (...events: string[]) =>
      Object.fromEntries(events.map((event) => [event, [{ hooks: [{ type: 'command', command: 'true' }] }]]));
    const content = (entry: object, own: Record<string, unknown>) => ({
      'marketplace.json': { plugins: [{ name: 'a', source: './a', ...entry }] },
      ...{ 'a/one.md': 'x', 'a/two.md': 'x', 'a/more/sub/three.md': 'x', 'a/commands/four.md': 'x' },
      ...Object.fromEntries(Object.entries(own).map(([path, value]) => [`a/${path}`, value])),
    });
    const toCommands = async (entry: object, own: Record<string, unknown> = {}) =>
      toNames(await inspect(content(entry, own))).filter((name) => name.startsWith('command'));
    const named = { commands: { uno: { source: './one.md' } } };
    const listed = { commands: ['./two.md', './one.md', './more'] };
    const added = ['command uno', 'command two', 'command sub:three'];
    expect(await toCommands(listed, { [PLUGIN]: { name: 'b', ...named } })).toEqual(added);
    expect(
      await toCommands(
        { commands: { uno: { source: './one.md' }, text: { content: 'x' } } },
        {
          [PLUGIN]: { name: 'b', ...listed },
        },
      ),
    ).toEqual(added);
    // The standard folder stays where only the entry names commands.
    for (const own of [{}, { [PLUGIN]: { name: 'b' } }])
      expect(await toCommands({ commands: './one.md' }, own)).toEqual(['command four', 'command one']);

    const own = {
      [PLUGIN]: { name: 'b', hooks: [toHooks('Stop'), './hooks//hooks.json'] },
      'hooks/hooks.json': { hooks: toHooks('Stop', 'SessionStart') },
    };
    const hooked = await inspect(content({ hooks: toHooks('SessionStart') }, own));
    expect(toNames(hooked)).toEqual(['command four', 'hook Stop', 'hook SessionStart']);
    expect(hooked.problems).toMatchObject([{ file: 'hooks/hooks.json', field: 'hooks.SessionStart' }]);
    const path = await inspect(content({ hooks: './hooks/hooks.json' }, own));
    expect(path.problems).toMatchObject([{ file: 'marketplace.json', field: 'plugins.a.hooks' }]);
  });

  it('are plugins that share the folder of the marketplace, each with the skills that its entry names', async () => {
    const toEntry = (name: string) => ({ name, source: './', strict: false, skills: [`./skills/${name}`] });
    const plugins = [toEntry('a'), toEntry('b')];
    const content = {
      '.claude-plugin/marketplace.json': { name: 'm', plugins },
      'skills/a/SKILL.md': good,
      'skills/b/SKILL.md': good,
    };
    expect(toNames(await inspect(content, { plugin: 'b' }))).toEqual(['skill b']);
  });

  it('are plugins that only Claude Code has a use for, which say so', async () => {
    const plugins = [{ name: 'lsp', source: './lsp', strict: false, lspServers: { x: { command: 'x' } } }];
    const content = { '.claude-plugin/marketplace.json': { name: 'm', plugins }, 'lsp/README.md': 'x' };
    expect(await inspect(content)).toMatchObject({ parts: [], problems: [{ field: 'lspServers' }] });
  });

  it('are all that is taken', async () => {
    await expect(inspect({ 'README.md': 'x' })).rejects.toThrow(/brings nothing.*SKILL\.md/);
  });
});

it.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /plugin\.json: is no JSON/],
  ['no object', [], /plugin\.json: .*takes an object, not a list/i],
  ['no name', {}, /name: is missing/],
  ['a name with spaces', { name: 'a b' }, /name: takes no spaces/],
  ['a path out of the plugin', { name: 'a', commands: './../../x.md' }, /commands: must stay inside/],
  ['an absolute path', { name: 'a', skills: '/etc' }, /skills: takes a path relative/],
  [
    'a prototype name',
    '{"name":"a","userConfig":{"__proto__":{"type":"string"}}}',
    /userConfig\.__proto__: has the name __proto__/,
  ],
  ['a constructor', '{"name":"a","csp":{"constructor":{}}}', /csp\.constructor: has the name/],
  ['an unknown field in csp', { name: 'a', csp: { tolls: [] } }, /csp\.tolls: is not known here/],
  [
    'an unknown field deep in csp',
    { name: 'a', csp: { requires: { host: ['x'] } } },
    /csp\.requires\.host: is not known/,
  ],
  [
    'a URL for a host',
    { name: 'a', csp: { requires: { hosts: ['https://x'] } } },
    /csp\.requires\.hosts\[0\]: takes a host/,
  ],
  [
    'a module that is not there',
    { name: 'a', csp: { tools: { module: './t.ts', names: ['t'] } } },
    /csp\.tools\.module: names/,
  ],
  [
    'no schema',
    { name: 'a', csp: { configuration: { properties: { x: { type: 'colour' } } } } },
    /csp\.configuration: is no JSON Schema/,
  ],
  [
    'a schema that cannot be checked in time',
    { name: 'a', csp: { configuration: { $defs: toDoubling(40), $ref: '#/$defs/a0' } } },
    /csp\.configuration: .*takes longer/,
  ],
  ['deep nesting', `{"name":"a","metadata":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, /nested deeper than 32/],
  ['very many values', { name: 'a', keywords: Array.from({ length: 30_000 }, () => 'x') }, /more than 20000 values/],
  ['a large file', { name: 'a', description: 'x'.repeat(1024 * 1024) }, /larger than 1 MiB/],
])('refuses a manifest with %s, and says where', async (_, manifest, message) => {
  await expect(inspect({ [PLUGIN]: manifest, 'commands/a.md': 'x' })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(message) as string,
  });
});

describe('an MCP bundle', () => {
  const bundle = {
    ...{ manifest_version: '0.3', name: 'file-finder', display_name: 'File Finder', version: '1.2.0' },
    ...{ description: 'Finds', author: { name: 'A' }, tools: [{ name: 'find' }], icon: 'icon.png' },
    server: {
      ...{ type: 'node', entry_point: 'server/index.js' },
      mcp_config: {
        command: 'node',
        args: ['${__dirname}${/}server/index.js', '${user_config.dirs}', '--at=${HOME}'],
        env: { KEY: '${user_config.key}' },
        platform_overrides: {
          [process.platform]: { env: { KEY: '${user_config.key}', HERE: '1' } },
          win32: { command: 'x' },
        },
      },
    },
    user_config: {
      dirs: { type: 'directory', title: 'Folders', description: 'Where', multiple: true, default: ['/a', '/b'] },
      key: { type: 'string', title: 'Key', description: 'Of the service', sensitive: true, required: true },
    },
  };

  it('is a plugin with one MCP server, with its options and what holds on this platform', async () => {
    const found = await inspect({ 'manifest.json': bundle, 'server/index.js': '' });
    expect(found).toMatchObject({ problems: [], manifest: { displayName: 'File Finder', version: '1.2.0' } });
    expect(toNames(found)).toEqual(['mcp_server file-finder']);
    expect(found.mcpServers['file-finder']).toEqual({
      command: 'node',
      args: ['${CLAUDE_PLUGIN_ROOT}/server/index.js', '${user_config.dirs...}', '--at=${CLAUDE_PROJECT_DIR}'],
      env: { KEY: '${user_config.key}', HERE: '1' },
    });
    expect(found.manifest.userConfig).toMatchObject({ key: { sensitive: true }, dirs: { multiple: true } });
  });

  it('is told apart from other things with a manifest.json, and says where it cannot be used', async () => {
    await expect(inspect({ 'manifest.json': { manifest_version: 3, name: 'x' } })).rejects.toThrow('It brings nothing');
    const server = { type: 'python', mcp_config: { args: [] } };
    await expect(inspect({ 'manifest.json': { ...bundle, server } })).rejects.toThrow('server.mcp_config.command');
    const leaving = { ...bundle.server, mcp_config: { command: '${__dirname}/../../x' } };
    await expect(inspect({ 'manifest.json': { ...bundle, server: leaving } })).rejects.toThrow('out of the plugin');
    // By the names that its author has written.
    const user_config = { key: { type: 'string', title: 'Key', description: ['…'] } };
    await expect(inspect({ 'manifest.json': { ...bundle, user_config } })).rejects.toThrow(
      'manifest.json: user_config.key.description: takes a text, not a list. Write a text, as "…"',
    );
    const other = await inspect({ 'manifest.json': { ...bundle, compatibility: { platforms: ['other'] } } });
    expect(other.problems).toMatchObject([{ file: 'manifest.json', field: 'compatibility.platforms' }]);
  });
});
