import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import type { JsonObject } from '../../audit/canonical-json.ts';
import type { Fact } from '../../audit/fact.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/port.ts';
import { ActivePlugins } from '../active-plugins.ts';
import { createContentStore } from '../content/content-store.ts';
import { packTar } from '../fixtures/pack.ts';
import { mcpServerConfig } from '../manifest/mcp-server-config.ts';
import { pluginManifest } from '../manifest/plugin-manifest.ts';
import { createPluginData } from '../plugin-data.ts';
import type { PluginRelease } from '../plugin-release.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { findDifference } from './find-difference.ts';
import { findTextsOfCode } from './find-redirects.ts';
import { NO_GRANTS } from './lifecycle.ts';
import { PluginBook } from './plugin-book.ts';

const admin = toTestActor('user_1', 'admin');
const PLUGIN = '.claude-plugin/plugin.json';
const hook = { hooks: [{ type: 'command', command: 'true' }] };
const team = { name: 'Team-Tools', version: '1.0.0', mcpServers: { search: { command: 'search' } } };

async function openBook(
  options: { store?: Store; dataDir?: string; sharesContent?: boolean; digestKey?: string } = {},
) {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await createWorkspaceDir());
  const dataDir = options.dataDir ?? join(dir.path, 'data');
  const store = options.store ?? stack.use(await openStore({ url: 'sqlite::memory:' }));
  const facts: Fact[] = [];
  const lines: string[] = [];
  const active = new ActivePlugins();
  let nowMs = 0;
  const book = new PluginBook({
    ...{ sharesContent: false, ...options },
    clock: { now: Date.now, uptimeMs: () => nowMs },
    ...{ store, active, logger: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) },
    audit: { record: async (fact) => void facts.push(fact) },
    content: createContentStore(join(dataDir, 'plugins')),
    data: createPluginData(join(dataDir, 'plugin-data')),
    ...{
      limits: { maxBytes: 1024 * 1024, maxFiles: 100 },
      ownDirs: [dataDir],
      pluginDirs: [join(dataDir, 'plugins.d')],
    },
    toolEnvironment: {},
    findSecret: (text) => (/sk-\d/.test(text) ? 'Key' : undefined),
  });
  await book.start();
  stack.defer(() => book.close());
  /** Writes the next version of a plugin, and says where it is. */
  const write = async (files: Record<string, unknown>, name = 'source') => {
    const path = join(dir.path, name);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return { type: 'path', path } as const;
  };
  /** As the server does every minute, after ten of them. */
  const sweepTwice = async () => {
    await book.sweep();
    nowMs += 10 * 60 * 1000;
    await book.sweep();
  };
  const warnings = () => lines;
  return {
    book,
    active,
    store,
    facts,
    dataDir,
    write,
    warnings,
    sweepTwice,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

it('takes a plugin in, activates it with what is granted, switches it off and removes it, each in the audit log', async () => {
  await using stage = await openBook();
  const { book, active, facts, dataDir } = stage;
  const source = await stage.write({
    [PLUGIN]: team,
    'hooks/hooks.json': { hooks: { Stop: [hook], SessionStart: [hook] } },
  });
  const taken = await book.install(admin, source);
  expect(taken).toMatchObject({ name: 'team-tools', version: '1.0.0', state: 'registered', granted: null });
  expect(taken.parts).toContainEqual({ kind: 'hook', name: 'Stop' });
  expect(active.current).toEqual([]);
  await expect(book.install(admin, source)).rejects.toMatchObject({ code: 'state_conflict' });

  const wrong = book.activate(admin, 'team-tools', { grants: { hosts: ['evil.example.com'] } });
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'grants.hosts' } });
  const activated = await book.activate(admin, 'team-tools', { grants: { hooks: ['Stop'] } });
  expect(activated).toMatchObject({ state: 'active', granted: { hooks: ['Stop'], secrets: [] } });
  expect(activated.problems).toMatchObject([
    { field: 'granted.hooks', message: expect.stringMatching(/^SessionStart/) as string },
  ]);
  const [plugin] = active.current;
  expect(plugin).toMatchObject({ name: 'team-tools', dir: join(dataDir, 'plugins/team-tools', taken.digest ?? '') });
  expect(await readdir(plugin?.dir ?? '')).toEqual(['.claude-plugin', 'hooks']);

  // What its servers keep goes only with the plugin.
  expect(plugin?.dataDir).toBe(join(dataDir, 'plugin-data/team-tools'));
  await mkdir(plugin?.dataDir ?? '', { recursive: true });

  expect((await book.deactivate(admin, 'team-tools')).state).toBe('disabled');
  expect(active.current).toEqual([]);
  // Without grants it gets again what it had.
  expect((await book.activate(admin, 'team-tools', {})).granted?.hooks).toEqual(['Stop']);
  await book.remove(admin, 'team-tools');
  expect(book.list()).toEqual([]);
  expect(facts.map(({ action }) => action)).toEqual([
    ...['plugin.install', 'plugin.activate', 'plugin.deactivate', 'plugin.activate', 'plugin.remove'],
  ]);
  expect(await readdir(join(dataDir, 'plugin-data'))).toEqual([]);
  // Killed at this moment, it removes the content when it starts again.
  const content = join(dataDir, 'plugins/team-tools');
  expect(await readdir(content)).toEqual([taken.digest]);
  await using next = await openBook({ store: stage.store, dataDir });
  expect(next.book.list()).toEqual([]);
  expect(await readdir(join(dataDir, 'plugins'))).toEqual([]);
});

it('removes content that no version needs and no process has, in full and after a while', async () => {
  await using stage = await openBook();
  const { book, active, dataDir } = stage;
  const versions: string[] = [];
  for (const version of ['1', '2', '3']) {
    const source = await stage.write({ [PLUGIN]: { ...team, version } });
    const view = version === '1' ? await book.install(admin, source) : await book.upgrade(admin, 'team-tools');
    if (version === '1') await book.activate(admin, 'team-tools', {});
    versions.push(view.digest ?? '');
  }
  const [first = '', second = '', third = ''] = versions;
  const folder = join(dataDir, 'plugins/team-tools');
  const sort = (names: string[]) => names.toSorted((a, b) => (a < b ? -1 : 1));
  const list = async () => sort(await readdir(folder).catch(() => []));
  const served = `${first}.abc`;
  await mkdir(join(folder, served));
  // A spare and a session have the first one.
  const [spare, session] = [0, 1].map(() => active.hold([{ name: 'team-tools', digest: first }]));
  spare?.[Symbol.dispose]();
  await stage.sweepTwice();
  expect(await list()).toEqual(sort([first, served, second, third]));
  session?.[Symbol.dispose]();
  await book.sweep();
  expect(await list()).toContain(first);
  await stage.sweepTwice();
  expect(await list()).toEqual(sort([second, third]));
  // What was given up for a while and is wanted again stays.
  await book.remove(admin, 'team-tools');
  await book.sweep();
  await book.install(admin, { type: 'path', path: join(dirname(dataDir), 'source') });
  await stage.sweepTwice();
  expect(await list()).toEqual([third]);
  await book.remove(admin, 'team-tools');
  await stage.sweepTwice();
  expect(await list()).toEqual([]);
});

it('takes the content from the store where another server took the plugin in, and only that content', async () => {
  await using one = await openBook({ sharesContent: true });
  const { store } = one;
  await using other = await openBook({ store, sharesContent: true });
  const source = await one.write({ [PLUGIN]: team, 'skills/a/run.sh': '#!/bin/sh', 'skills/a/SKILL.md': 'A' });
  await chmod(join(source.path, 'skills/a/run.sh'), 0o755);
  const { digest } = await one.book.install(admin, source);
  await one.book.activate(admin, 'team-tools', {});
  const within = { timeout: 20_000, interval: 20 };
  await vi.waitFor(() => expect(other.active.current).toMatchObject([{ digest }]), within);
  const run = await stat(join(other.active.current[0]?.dir ?? '', 'skills/a/run.sh'));
  expect(run.mode & 0o777).toBe(0o755);

  // A server that is new takes nothing that somebody has changed there.
  const content = { name: 'team-tools', digest: digest ?? '' };
  const later = '3000-01-01T00:00:00.000Z';
  await store.pluginContents.sweep({ isKept: () => false, before: later });
  const changed = packTar([{ path: 'skills/a/SKILL.md', content: 'B' }]);
  await store.pluginContents.put(content, () => Readable.from([changed]) as AsyncIterable<Buffer>);
  await using late = await openBook({ store, sharesContent: true });
  await expect(late.book.activate(admin, 'team-tools', {})).rejects.toThrow(/is missing on this server/);
  expect(await readdir(join(late.dataDir, 'plugins'))).toEqual([]);
  // What unpacks to more than a plugin may be is written to no disk.
  await store.pluginContents.sweep({ isKept: () => false, before: later });
  const large = packTar([{ path: 'skills/a/SKILL.md', content: 'B'.repeat(4 * 1024 * 1024) }]);
  await store.pluginContents.put(content, () => Readable.from([large]) as AsyncIterable<Buffer>);
  await using bounded = await openBook({ store, sharesContent: true });
  await vi.waitFor(() => expect(bounded.warnings().join()).toContain('unpacks to more than a plugin may be'), within);
  // The store lost it: who has it puts it there again, also after another start.
  await store.pluginContents.sweep({ isKept: () => false, before: later });
  await using again = await openBook({ store, dataDir: one.dataDir, sharesContent: true });
  await vi.waitFor(async () => expect(await store.pluginContents.list()).toEqual([content]), within);
  await again.book.remove(admin, 'team-tools');
  await again.sweepTwice();
  // It may be new: ten minutes pass before it goes.
  expect(await store.pluginContents.list()).toEqual([content]);
});

it('lets an upgrade that adds nothing serve at once, and one that asks for more wait, with the difference', async () => {
  await using stage = await openBook();
  const { book, active } = stage;
  const source = await stage.write({ [PLUGIN]: team, 'skills/a/SKILL.md': '---\nname: a\ndescription: A\n---\n' });
  const { digest: first } = await book.install(admin, source);
  await book.activate(admin, 'team-tools', {});
  await expect(book.upgrade(admin, 'team-tools')).rejects.toMatchObject({ code: 'state_conflict' });

  await stage.write({
    [PLUGIN]: { ...team, version: '1.1.0' },
    'skills/b/SKILL.md': '---\nname: b\ndescription: B\n---\n',
  });
  const second = await book.upgrade(admin, 'team-tools');
  expect(second).toMatchObject({
    version: '1.1.0',
    state: 'active',
    pending: null,
    previous: { version: '1.0.0', digest: first },
  });

  const csp = { requires: { hosts: ['api.example.com'], secrets: ['KEY'], permissions: ['Bash(git log *)'] } };
  const mcpServers = { search: { command: 'other' }, more: { command: 'more' } };
  await stage.write({ [PLUGIN]: { ...team, version: '2.0.0', csp, mcpServers, hooks: { Stop: [hook] } } });
  const waiting = await book.upgrade(admin, 'team-tools');
  expect(waiting).toMatchObject({ version: '1.1.0', state: 'active', pending: { version: '2.0.0' } });
  expect(waiting.pending?.difference).toEqual({
    parts: [
      { kind: 'mcp_server', name: 'search' },
      { kind: 'mcp_server', name: 'more' },
      { kind: 'hook', name: 'Stop' },
    ],
    ...{ hooks: ['Stop'], hosts: ['api.example.com'], secrets: ['KEY'], permissions: ['Bash(git log *)'] },
  });
  expect(active.current[0]?.version).toBe('1.1.0');
  await expect(book.activate(admin, 'team-tools', {})).rejects.toMatchObject({ code: 'state_conflict' });
  // Somebody has looked at the version before it.
  const grants = { hosts: ['api.example.com'] };
  const seen = book.activate(admin, 'team-tools', { grants, digest: second.digest ?? '' });
  await expect(seen).rejects.toMatchObject({ code: 'state_conflict', details: { field: 'digest' } });
  const third = await book.activate(admin, 'team-tools', { grants, digest: waiting.pending?.digest });
  expect(third).toMatchObject({ version: '2.0.0', pending: null, granted: { hosts: ['api.example.com'], hooks: [] } });
  expect(active.current[0]).toMatchObject({ version: '2.0.0', granted: { hosts: ['api.example.com'] } });

  expect(await book.rollBack(admin, 'team-tools')).toMatchObject({ version: '1.1.0', granted: { hosts: [] } });
  expect(active.current[0]).toMatchObject({ version: '1.1.0', mcpServers: { search: { command: 'search' } } });
  expect(await book.rollBack(admin, 'team-tools')).toMatchObject({ version: '2.0.0' });
});

it('trusts one version alone, and lets none that runs something else serve without a new grant', async () => {
  await using stage = await openBook();
  const { book, active } = stage;
  const write = (version: string, { module = '', isolation = 'process', handler = hook } = {}) => {
    const csp = { isolation, tools: { module: './tools.ts', names: ['find'] } };
    const manifest = { name: 'team-tools', version, csp, hooks: { Stop: [handler] } };
    return stage.write({ [PLUGIN]: manifest, 'tools.ts': "import './imported.ts';", 'imported.ts': module });
  };
  const grants = { hooks: ['Stop'] };
  const tool = { kind: 'tool', name: 'find' };
  await book.install(admin, await write('1'));
  await book.activate(admin, 'team-tools', { grants, trusted: true });
  await write('2', { isolation: 'in-process' });
  const all = [{ kind: 'hook', name: 'Stop' }, tool];
  expect((await book.upgrade(admin, 'team-tools')).pending?.difference.parts).toEqual(all);
  expect(active.current[0]).toMatchObject({ version: '1', trusted: true });
  expect(await book.activate(admin, 'team-tools', { grants })).toMatchObject({ version: '2', trusted: false });
  await book.activate(admin, 'team-tools', { trusted: true });
  expect(await book.rollBack(admin, 'team-tools')).toMatchObject({ version: '1', trusted: false });
  // Whatever else its module imports.
  await write('1', { module: 'export {};' });
  expect((await book.upgrade(admin, 'team-tools')).pending?.difference.parts).toEqual(all);

  await book.deactivate(admin, 'team-tools');
  await write('3', { module: 'export {};' });
  const { pending } = await book.upgrade(admin, 'team-tools');
  expect(pending?.difference).toMatchObject({ parts: all, hooks: ['Stop'] });
  await expect(book.activate(admin, 'team-tools', {})).rejects.toMatchObject({ code: 'state_conflict' });
  expect(await book.activate(admin, 'team-tools', { grants })).toMatchObject({ version: '3', state: 'active' });
  await write('4', { module: 'export {};', handler: { hooks: [{ type: 'command', command: 'other' }] } });
  expect((await book.upgrade(admin, 'team-tools')).pending?.difference).toMatchObject({
    ...{ parts: all, hooks: ['Stop'] },
  });
});

it('goes back to a version that was never active only as one that serves nothing', async () => {
  await using stage = await openBook();
  const { book, active } = stage;
  await book.install(admin, await stage.write({ [PLUGIN]: team }));
  await stage.write({ [PLUGIN]: { ...team, version: '2' } });
  await book.upgrade(admin, 'team-tools');
  await book.activate(admin, 'team-tools', { grants: {} });
  expect(await book.rollBack(admin, 'team-tools')).toMatchObject({ state: 'registered', granted: null });
  expect(active.current).toEqual([]);
});

it('lets an MCP server that is called in another way wait, and not one that may take longer', () => {
  const toRelease = (config: object) => toBareServer({ search: mcpServerConfig.parse(config) });
  const differs = (before: object, after: object) =>
    findDifference(toRelease(before), NO_GRANTS, toRelease(after))?.parts ?? [];
  const local = { command: 'npx', args: ['a@1'], env: { A: '1' }, cwd: '.' };
  const remote = { type: 'http', url: 'https://a.example/mcp', headers: { A: '1' } };
  const changes = [{ command: 'b' }, { args: ['a@2'] }, { env: { A: '2' } }, { env: { B: '1' } }, { cwd: './b' }];
  for (const change of changes) expect(differs(local, { ...local, ...change })).toHaveLength(1);
  for (const change of [{ type: 'sse' }, { url: 'https://a.example/b' }, { headers: { A: '2' } }])
    expect(differs(remote, { ...remote, ...change })).toHaveLength(1);
  expect(differs(local, { ...local, timeout: 1 })).toEqual([]);
  // Any file may be what its program runs.
  const other = (config: object) =>
    findDifference(toRelease(config), NO_GRANTS, { ...toRelease(config), digest: 'other' })?.parts ?? [];
  for (const own of [{ command: './run' }, { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/server.js'] }])
    expect(other(own)).toEqual([{ kind: 'mcp_server', name: 'search' }]);
  for (const foreign of [local, remote]) expect(other(foreign)).toEqual([]);
});

it('lets a version wait whose defaults lead what runs elsewhere, or that may reach any host', () => {
  const option = { type: 'string', title: '', description: '' } as const;
  const toRelease = (userConfig: Record<string, string>, parts: PluginRelease['parts'] = []): PluginRelease => {
    const options = Object.entries(userConfig).map(([name, value]) => [name, { ...option, default: value }]);
    const search = mcpServerConfig.parse({ type: 'http', url: '${user_config.url}' });
    const release = toBareServer({ search });
    return {
      ...{ ...release, manifest: pluginManifest.parse({ name: 'a', userConfig: Object.fromEntries(options) }) },
      ...{ parts: [...release.parts, ...parts], code: { 'tool go': '1', 'hook Stop': '1' } },
    };
  };
  const granted = { ...NO_GRANTS, hooks: ['Stop'] };
  const names = (...[before, after]: [PluginRelease, PluginRelease]) =>
    findDifference(before, granted, after)?.parts.map(({ name }) => name) ?? [];
  const first = { url: 'https://a.example', other: '1' };
  expect(names(toRelease(first), toRelease({ ...first, url: 'https://evil.example' }))).toEqual(['search']);
  expect(names(toRelease(first), toRelease({ ...first, other: '2' }))).toEqual([]);
  const code: PluginRelease['parts'] = [
    { kind: 'tool', name: 'go' },
    { kind: 'hook', name: 'Stop' },
  ];
  expect(names(toRelease(first, code), toRelease({ ...first, other: '2' }, code))).toEqual(['go', 'Stop']);
  expect(names(toRelease(first, code), toRelease(first, code))).toEqual([]);

  const reaching = (...hosts: string[]): PluginRelease => {
    const manifest = pluginManifest.parse({ name: 'a', csp: { requires: { hosts } } });
    return { ...toRelease({}), manifest, requires: { ...NO_GRANTS, hosts } };
  };
  expect(findDifference(reaching('a.example'), NO_GRANTS, reaching())?.hosts).toEqual(['any host']);
  expect(findDifference(reaching('a.example', 'b.example'), NO_GRANTS, reaching('a.example'))).toBeNull();
  expect(findDifference(reaching(), NO_GRANTS, reaching())).toBeNull();
});

function toBareServer(mcpServers: PluginRelease['mcpServers']): PluginRelease {
  return {
    ...{ version: null, digest: '', root: null, source: { type: 'archive', filename: '' }, origin: {} },
    ...{ manifest: { name: 'a' }, mcpServers, parts: [{ kind: 'mcp_server', name: 'search' }] },
    ...{ requires: NO_GRANTS, problems: [] },
  };
}

it('is the same on every server that shares the store within 2 s, and missing where the content is not', async () => {
  await using one = await openBook();
  const { store, dataDir } = one;
  await using same = await openBook({ store, dataDir });
  await using other = await openBook({ store });
  const source = await one.write({ [PLUGIN]: team });
  const { digest } = await one.book.install(admin, source);
  await one.book.activate(admin, 'team-tools', {});
  const within = { timeout: 20_000, interval: 20 };
  await vi.waitFor(() => expect(same.active.current).toMatchObject([{ name: 'team-tools', digest }]), within);
  await vi.waitFor(
    () => expect(other.book.list()).toMatchObject([{ state: 'missing', health: { status: 'failed' } }]),
    within,
  );
  expect(other.active.current).toEqual([]);
  expect(same.active.fingerprint).toBe(one.active.fingerprint);

  await rm(join(dataDir, 'plugins/team-tools'), { recursive: true });
  await vi.waitFor(() => expect(one.book.get('team-tools').state).toBe('missing'), within);
  expect(one.active.current).toEqual([]);
  // The same version again mends it.
  expect((await one.book.upgrade(admin, 'team-tools')).state).toBe('active');
  await other.book.remove(admin, 'team-tools');
  await vi.waitFor(() => expect(one.book.list()).toEqual([]), within);
});

it('shows folders that could be taken in, and what is wrong with those that cannot', async () => {
  await using stage = await openBook();
  const { book, dataDir } = stage;
  const place = join(dataDir, 'plugins.d');
  await mkdir(join(place, 'good/.claude-plugin'), { recursive: true });
  await mkdir(join(place, 'Bad One'), { recursive: true });
  await writeFile(join(place, 'good', PLUGIN), JSON.stringify(team));
  const within = { timeout: 20_000, interval: 20 };
  await vi.waitFor(
    () =>
      expect(book.list().map(({ name, state }) => [name, state])).toEqual([
        ['bad-one', 'failed'],
        ['team-tools', 'discovered'],
      ]),
    within,
  );
  await expect(book.activate(admin, 'team-tools', {})).rejects.toThrow(/only discovered. Take it in first/);
  await book.install(admin, { type: 'path', path: join(place, 'good') });
  expect(book.get('team-tools').state).toBe('registered');
  await mkdir(join(dataDir, '..inside'));
  const taken = [join(dataDir, 'plugins'), join(dataDir, '..inside'), dataDir, dirname(dataDir)];
  for (const path of [...taken, 'relative', '/none'])
    await expect(book.install(admin, { type: 'path', path })).rejects.toMatchObject({
      details: { field: 'source.path' },
    });
});

it('wants a configuration that fits before it activates a plugin, and takes secrets by their name only', async () => {
  await using stage = await openBook();
  const { book } = stage;
  const option = { title: 'x', description: 'x', required: true } as const;
  const userConfig = { url: { ...option, type: 'string' }, key: { ...option, type: 'string', sensitive: true } };
  const csp = { configuration: { properties: { depth: { type: 'integer', maximum: 9 } } } };
  await book.install(admin, await stage.write({ [PLUGIN]: { ...team, userConfig, csp } }));
  await expect(book.activate(admin, 'team-tools', {})).rejects.toThrow(/Configure the plugin first: \/url is missing/);
  const right = { url: 'https://a.example', key: '${secret:KEY}', depth: 3 };
  for (const [change, message] of [
    [{ key: 'plain' }, /\/key/],
    [{ url: 'a${secret:KEY}' }, /\/url may not name a secret/],
    [{ depth: 10 }, /\/depth/],
    [{ other: 1 }, /other/],
  ] as const)
    await expect(book.configure(admin, 'team-tools', { ...right, ...change })).rejects.toThrow(message);
  // A key that was pasted is not taken for a name, nor said again.
  for (const key of ['sk-1', '${secret:sk-1}', '${secret:e3b0c44298fc1c149afbf4c8996fb924}', '${secret:_4}${x}']) {
    const error = await book.configure(admin, 'team-tools', { ...right, key }).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'invalid_request', details: { issues: [{ path: '/key' }] } });
    expect(JSON.stringify([error, String(error)])).not.toMatch(/sk-1|e3b0|_4/);
  }
  await book.configure(admin, 'team-tools', right);
  expect(await book.activate(admin, 'team-tools', {})).toMatchObject({ state: 'active', configuration: right });

  await stage.write({
    [PLUGIN]: { ...team, version: '2', userConfig: { ...userConfig, region: { ...option, type: 'string' } } },
  });
  await book.upgrade(admin, 'team-tools');
  expect(book.get('team-tools')).toMatchObject({ state: 'failed', problems: [{ remedy: 'Configure the plugin' }, {}] });
});

it('lets only who grants secrets lead a server that gets them elsewhere, and records where to', async () => {
  await using stage = await openBook();
  const { book, facts } = stage;
  const operator = toTestActor('user_2', 'operator');
  const option = { title: 'x', description: 'x', type: 'string' } as const;
  const userConfig = {
    ...{ base: { ...option, default: 'https://a.example' }, program: option, host: option, target: option },
    key: { ...option, sensitive: true },
    level: { ...option, options: ['warn', 'info'] },
  };
  const mcpServers = {
    web: {
      type: 'http',
      url: '${user_config.base}/mcp',
      headers: { authorization: '${user_config.key}', 'x-target': '${user_config.target}' },
    },
    local: {
      command: '${user_config.program}',
      env: { KEY: '${secret:KEY}', HOST: '${user_config.host}', LEVEL: '${user_config.level}' },
    },
  };
  await book.install(admin, await stage.write({ [PLUGIN]: { ...team, userConfig, mcpServers } }));
  const first = { base: 'https://a.example', program: 'search', key: '${secret:KEY}' };
  await book.configure(operator, 'team-tools', first);
  // Where the secret would go is changed between the look and the grant.
  const looked = book.get('team-tools');
  await book.configure(operator, 'team-tools', { ...first, base: 'https://evil.example' });
  const seen = { digest: looked.digest ?? '', revision: looked.revision ?? 0 };
  await expect(book.activate(admin, 'team-tools', { grants: { secrets: ['KEY'] }, ...seen })).rejects.toMatchObject({
    ...{ code: 'state_conflict', message: expect.stringContaining('Look at it again') },
  });
  await book.configure(operator, 'team-tools', first);
  const { revision } = book.get('team-tools');
  await book.activate(admin, 'team-tools', { grants: { secrets: ['KEY'] }, revision: revision ?? 0 });
  const configure = (actor: typeof admin, change: object) =>
    book.configure(actor, 'team-tools', { ...first, ...change });

  // Another path leads to the same host.
  await configure(operator, { base: 'https://a.example/v2' });
  for (const base of [
    'https://evil.example',
    'http://a.example',
    'https://a.example:444',
    'https://a.example@evil.example',
  ])
    await expect(configure(operator, { base }), base).rejects.toMatchObject({
      ...{ code: 'permission_denied', details: { field: 'configuration.base' } },
    });
  await expect(configure(operator, { program: 'curl' })).rejects.toMatchObject({
    ...{ code: 'permission_denied', details: { field: 'configuration.program' } },
  });
  // A server that passes on what it gets may be told by a header where to.
  await expect(
    configure(operator, { base: 'https://a.example/v2', target: 'https://evil.example' }),
  ).rejects.toMatchObject({
    ...{ code: 'permission_denied', details: { field: 'configuration.target' } },
  });
  // A name without a scheme is a host too; one of the plugin's own values is not.
  await configure(operator, { level: 'info' });
  await expect(configure(operator, { level: 'info', host: 'evil' })).rejects.toMatchObject({
    ...{ code: 'permission_denied', details: { field: 'configuration.host' } },
  });
  // A text that has a host somewhere else, or none.
  for (const [host, other] of [
    ['jdbc:db://a.example', 'jdbc:db://evil.example'],
    ['https://a.example,https://b.example', 'https://a.example,https://evil.example'],
  ]) {
    await configure(admin, { host });
    await expect(configure(operator, { host: other }), other).rejects.toMatchObject({ code: 'permission_denied' });
  }
  await configure(admin, {});
  // The address first and the secret afterwards is the same.
  const { base, program } = first;
  await book.configure(operator, 'team-tools', { base, program });
  await book.configure(operator, 'team-tools', { base: 'https://evil.example', program });
  await expect(configure(operator, { base: 'https://evil.example' })).rejects.toMatchObject({
    ...{ code: 'permission_denied', message: expect.stringContaining('evil.example') },
  });

  await configure(admin, { base: 'https://b.example' });
  expect(facts.at(-1)?.details).toMatchObject({ leads_to: [{ server: 'web', to: 'b.example' }] });
});

it('lets only who grants secrets change texts that code of the plugin reads beside its secrets', () => {
  const toActive = (configuration: JsonObject, secrets = ['KEY'], module = './e.ts'): ActivePlugin => {
    const properties = { base: { type: 'string' }, depth: { type: 'integer' }, more: { type: 'object' } };
    const csp = { configuration: { properties }, ...(module && { endpoints: { module } }) };
    const manifest = pluginManifest.parse({ name: 'a', csp });
    const shape = {
      ...{ name: 'a', version: null, digest: '', dir: null, contentDir: null },
      manifest,
      trusted: false,
    };
    return { ...shape, ...{ mcpServers: {}, parts: [], granted: { ...NO_GRANTS, secrets }, configuration } };
  };
  const change = { base: 'http://evil.example', more: { a: 'b' }, depth: 1 };
  const fields = ['configuration.base', 'configuration.more'];
  expect(findTextsOfCode(toActive({}), toActive(change))).toEqual(fields);
  expect(findTextsOfCode(toActive(change), toActive({ ...change, depth: 2 }))).toEqual([]);
  expect(findTextsOfCode(toActive({}, []), toActive(change, []))).toEqual([]);
  expect(findTextsOfCode(toActive({}, ['KEY'], ''), toActive(change, ['KEY'], ''))).toEqual([]);
});

it('keeps the values of a bare MCP server to itself, and says which of two servers with one name serves', async () => {
  await using stage = await openBook();
  const { book } = stage;
  const env = { KEY: 'very-secret', TOKEN: '${secret:TOKEN}' };
  const bare = await book.install(admin, { type: 'mcp', name: 'search', command: 'npx', args: ['x'], env });
  expect(bare).toMatchObject({
    requires: { secrets: ['TOKEN'] },
    source: { env: { KEY: '…', TOKEN: '${secret:TOKEN}' } },
  });
  expect(JSON.stringify(book.list())).not.toContain('very-secret');
  // Nor does its digest tell: elsewhere the same server has another.
  await using elsewhere = await openBook({ digestKey: 'another installation' });
  const same = await elsewhere.book.install(admin, { type: 'mcp', name: 'search', command: 'npx', args: ['x'], env });
  expect(same.digest).not.toBe(bare.digest);
  await book.install(admin, await stage.write({ [PLUGIN]: team }));
  for (const name of ['search', 'team-tools']) await book.activate(admin, name, {});
  expect(book.get('team-tools').problems).toMatchObject([
    { message: expect.stringContaining('plugin search has an MCP server search') as string },
  ]);
  expect(book.get('search').problems).toMatchObject([{ message: 'TOKEN is asked for and not granted' }]);

  const leaky = { args: ['--key=sk-1'], env: { A: 'sk-2', B: 'b' } };
  const install = book.install(admin, { type: 'mcp', name: 'leaky', command: 'npx', ...leaky });
  await expect(install).rejects.toMatchObject({
    details: {
      problems: [
        { field: 'source.env.A', remedy: expect.stringContaining('${secret:NAME}') },
        { field: 'source.args[0]' },
      ],
    },
  });
});
