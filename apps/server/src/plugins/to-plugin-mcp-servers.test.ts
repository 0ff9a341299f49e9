import { expect, it } from 'vitest';

import { mcpServerConfig } from './manifest/mcp-server-config.ts';
import type { ActivePlugin } from './plugin-set.ts';
import { toPluginJob } from './to-plugin-job.ts';
import { toPluginMcpServers } from './to-plugin-mcp-servers.ts';

const nodePath = '/opt/node/bin/node';

function toPlugin(name: string, changes: Partial<ActivePlugin>): ActivePlugin {
  return {
    ...{ name, version: null, digest: 'd', dir: `/p/${name}/inner`, contentDir: `/p/${name}`, manifest: { name } },
    ...{ mcpServers: {}, parts: [], granted: { hooks: [], hosts: [], secrets: ['KEY'], permissions: [] } },
    ...{ configuration: {}, trusted: false },
    ...changes,
  };
}

it('fills in the folder, the configuration and defaults, and leaves every secret by name, also one that was not granted', () => {
  const args = [
    '${CLAUDE_PLUGIN_ROOT}/a.js',
    '${user_config.url}',
    '${user_config.mode}',
    '${MODE:-fast}',
    '${CLAUDE_PROJECT_DIR}/x',
    '${user_config.dirs...}',
  ];
  const env = { A: '${KEY}', B: '${OTHER}', C: 'Bearer ${secret:KEY}', D: '${user_config.token}', E: '${odd ref}' };
  const composed = { F: '${user_config.title}', G: '${user_config.first}${user_config.second}' };
  const mode = { type: 'string', title: '', description: '', default: 'slow' } as const;
  const plugin = toPlugin('a', {
    manifest: { name: 'a', userConfig: { mode, token: { ...mode, sensitive: true } } },
    mcpServers: { local: { command: 'node', args, env: { ...env, ...composed } } },
    configuration: {
      ...{ url: 'https://x', dirs: ['/a${secret:KEY}', '/b'], token: '${secret:KEY}${secret:NONE}' },
      ...{ title: '<${sec${secret:KEY}ret:KEY}>', first: '${secret:', second: 'KEY}' },
    },
  });
  expect(toPluginMcpServers([plugin], { nodePath })).toEqual([
    {
      ...{ name: 'local', transport: 'stdio', command: nodePath, plugin: 'a' },
      args: ['/p/a/inner/a.js', 'https://x', 'slow', 'fast', './x', '/a', '/b'],
      env: {
        CLAUDE_PLUGIN_ROOT: '/p/a/inner',
        ...{ A: '${secret:KEY}', B: '${secret:OTHER}', C: 'Bearer ${secret:KEY}', E: '${odd ref}' },
        ...{ D: '${secret:KEY}${secret:NONE}', F: '<>', G: '' },
      },
      readableDirs: ['/p/a', '/opt/node/bin'],
    },
  ]);
});

it('takes servers that are elsewhere, programs of the plugin and of the PATH, and bare servers', () => {
  const plugin = toPlugin('a', {
    mcpServers: {
      http: { type: 'http', url: 'https://${user_config.host}/mcp', headers: { authorization: 'Bearer ${KEY}' } },
      own: { command: './bin/serve', args: [] },
    },
    configuration: { host: 'a.example' },
  });
  const bare = toPlugin('b', { dir: null, contentDir: null, mcpServers: { b: { command: 'uvx', args: ['b'] } } });
  expect(toPluginMcpServers([plugin, bare], { nodePath })).toEqual([
    {
      name: 'http',
      transport: 'http',
      url: 'https://a.example/mcp',
      headers: { authorization: 'Bearer ${secret:KEY}' },
      plugin: 'a',
    },
    {
      ...{
        name: 'own',
        transport: 'stdio',
        command: '/p/a/inner/bin/serve',
        args: [],
        plugin: 'a',
        readableDirs: ['/p/a'],
      },
      env: { CLAUDE_PLUGIN_ROOT: '/p/a/inner' },
    },
    { name: 'b', transport: 'stdio', command: 'uvx', args: ['b'], env: {}, readableDirs: [], plugin: 'b' },
  ]);
});

it('keeps a command that is a path in the plugin there, whatever its configuration says', () => {
  const plugin = toPlugin('a', {
    mcpServers: { up: { command: './${user_config.way}/serve', args: [] } },
    configuration: { way: '../../..' },
  });
  expect(toPluginMcpServers([plugin], { nodePath })).toMatchObject([{ command: '/p/a/inner/serve' }]);
  const refused = ['./../serve', '${CLAUDE_PLUGIN_ROOT}/../serve'].map((command) =>
    mcpServerConfig.safeParse({ command }),
  );
  expect(refused.map(({ error }) => error?.issues)).toEqual([
    [expect.objectContaining({ path: ['command'], message: 'Must not lead out of the plugin' })],
    [expect.objectContaining({ path: ['command'], message: 'Must not lead out of the plugin' })],
  ]);
});

it('lets the agent’s own server serve before one of a plugin, and the first plugin before the second', () => {
  const serve = (command: string) => ({ command, args: [] });
  const one = toPlugin('a', { mcpServers: { x: serve('1'), y: serve('1') } });
  const two = toPlugin('b', { mcpServers: { y: serve('2'), z: serve('2') } });
  const servers = toPluginMcpServers([one, two], { nodePath, taken: new Set(['x']) });
  expect(servers.map(({ name, plugin }) => [name, plugin])).toEqual([
    ['y', 'a'],
    ['z', 'b'],
  ]);
});

it('makes a server of the tools that a plugin has in TypeScript, with the limits that it states', () => {
  const csp = {
    tools: { module: './src/tools.ts', names: ['a.b'] },
    limits: { memory_mb: 100 },
    requires: { secrets: ['DECLARED'] },
  };
  const option = { type: 'string', title: '', description: '' } as const;
  const userConfig = { token: { ...option, sensitive: true } };
  const configuration = {
    token: '${secret:KEY}${secret:NONE}',
    title: 'a${secret:KEY}',
    lists: [{ a: '${secret:KEY}b' }],
  };
  const plugin = toPlugin('a', { manifest: { name: 'a', csp, userConfig }, configuration });
  const job = toPluginJob(plugin, { part: 'tools', module: 'm', toolNames: [] });
  // The runner fills in what is left.
  expect(job.configuration).toEqual({ token: '${secret:KEY}${secret:NONE}', title: 'a', lists: [{ a: 'b' }] });
  // Those that were not granted are refused where they are filled in, so that the code does not run with an empty text.
  expect(Object.keys(job.secrets)).toEqual(['KEY', 'DECLARED', 'NONE']);
  const [server] = toPluginMcpServers([plugin], { nodePath });
  expect(server).toMatchObject({
    ...{ name: 'a', transport: 'stdio', command: nodePath, plugin: 'a', maxRssBytes: 356 * 1024 * 1024 },
    args: ['--max-old-space-size=100', expect.stringMatching(/plugin-api\/src\/runner\/main\.ts$/)],
    env: { CSP_PLUGIN_SECRET_0: '${secret:KEY}', CSP_PLUGIN_JOB: expect.not.stringContaining('${') },
    readableDirs: ['/p/a', ...Array.from({ length: 2 }, () => expect.any(String)), '/opt/node/bin'],
  });
});

it('runs tools in this server only where the plugin asks for it and is trusted, under a name that is free', () => {
  const tools = { module: './tools.ts', names: ['a'] };
  const manifest = { name: 'a', csp: { tools, isolation: 'in-process' as const } };
  const plugin = toPlugin('a', { manifest, mcpServers: { a: { command: 'a', args: [] } } });
  const shape = (changes: Partial<ActivePlugin>) =>
    toPluginMcpServers([{ ...plugin, ...changes }], { nodePath }).map(({ name, transport }) => [name, transport]);
  expect(shape({ trusted: true })).toEqual([
    ['a', 'stdio'],
    ['a-tools', 'in_process'],
  ]);
  expect(shape({}).at(-1)).toEqual(['a-tools', 'stdio']);
  expect(shape({ trusted: true, manifest: { name: 'a', csp: { tools } } }).at(-1)).toEqual(['a-tools', 'stdio']);
});
