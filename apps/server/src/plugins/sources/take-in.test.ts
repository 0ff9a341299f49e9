import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

import { createWorkspaceDir, listProcesses, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createContentStore } from '../content/content-store.ts';
import { packTar } from '../fixtures/pack.ts';
import type { GivenSource } from '../plugin-source.ts';
import { findUnrunScripts } from './find-unrun-scripts.ts';
import { runTool } from './run-tool.ts';
import { takeIn } from './take-in.ts';

async function openStage(environment: Record<string, string> = {}, { fileUrls = true } = {}) {
  const dir = await createWorkspaceDir();
  const toolEnvironment = { PATH: process.env['PATH'] ?? '', HOME: dir.path, ...environment };
  const deps = {
    ...{ content: createContentStore(join(dir.path, 'plugins')), limits: { maxBytes: 1024 * 1024, maxFiles: 100 } },
    ...{ ownDirs: [join(dir.path, 'data')], pluginDirs: [], toolEnvironment, fileUrls },
  };
  return { ...dir, take: (source: GivenSource) => takeIn(source, deps) };
}

/** A registry with one package, whose tarball can be another one than it says. */
async function openRegistry(dir: string, more: Record<string, string> = {}) {
  const files = {
    'package.json': JSON.stringify({
      name: '@team/mcp',
      version: '1.2.3',
      bin: 'bin/../serve.js',
      scripts: { postinstall: `touch ${dir}/ran` },
    }),
    'serve.js': '#!/usr/bin/env node\n',
    ...more,
  };
  const tarball = packTar(Object.entries(files).map(([path, content]) => ({ path: `package/${path}`, content })));
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  let served = tarball;
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz') === true) return void response.end(served);
    const { port } = server.address() as AddressInfo;
    const dist = { tarball: `http://127.0.0.1:${port}/mcp.tgz`, integrity };
    const version = { ...(JSON.parse(files['package.json']) as object), hasInstallScript: true, dist };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ name: '@team/mcp', 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    integrity,
    environment: {
      npm_config_registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      npm_config_cache: join(dir, 'cache'),
      npm_config_fetch_retries: '0',
    },
    tamper: () => void (served = packTar([{ path: 'package/package.json', content: '{}' }])),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

it('makes a stdio server of a package from npm, runs none of its scripts, and refuses another content', async () => {
  await using dir = await createWorkspaceDir();
  await using registry = await openRegistry(dir.path);
  await using stage = await openStage(registry.environment);
  await using taken = await stage.take({ type: 'npm', name: '@team/mcp' });
  expect(taken).toMatchObject({
    name: 'team-mcp',
    release: {
      ...{
        version: '1.2.3',
        root: 'node_modules/@team/mcp',
        origin: { package: '@team/mcp', integrity: registry.integrity },
      },
      mcpServers: { 'team-mcp': { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/serve.js'] } },
    },
  });
  expect(existsSync(join(dir.path, 'ran'))).toBe(false);
  expect(taken.release.problems).toMatchObject([{ message: expect.stringMatching(/: @team\/mcp@1\.2\.3$/) as string }]);
  const call = { args: ['--stdio', '${CLAUDE_PLUGIN_DATA}'], env: { TOKEN: '${secret:TOKEN}' } };
  await using called = await stage.take({ type: 'npm', name: '@team/mcp', ...call });
  expect(called.release.mcpServers['team-mcp']).toMatchObject({ ...call, args: [expect.anything(), ...call.args] });
  expect(called.release).toMatchObject({ requires: { secrets: ['TOKEN'] }, source: call });
  expect(called.release.digest).not.toBe(taken.release.digest);
  await expect(stage.take({ type: 'npm', name: '@team/mcp', version: '9' })).rejects.toMatchObject({
    message: expect.stringContaining('@team/mcp has no version 9 at the registry') as string,
    details: { output: expect.stringContaining('ETARGET') as string },
  });
  await expect(stage.take({ type: 'npm', name: '--prefix' })).rejects.toThrow(/is none that a registry has/);
  registry.tamper();
  await using other = await openStage({ ...registry.environment, npm_config_cache: join(dir.path, 'other') });
  await expect(other.take({ type: 'npm', name: '@team/mcp' })).rejects.toThrow(
    /npm could not install @team\/mcp@latest: .*\(integrity\), so nothing was taken/,
  );
});

it('names the packages whose scripts would have brought something, and no others', () => {
  const hasInstallScript = true;
  const onLinux = { os: ['linux'], cpu: ['x64'] };
  const packages = {
    'node_modules/builds': { version: '1.0.0', hasInstallScript },
    'node_modules/a/node_modules/builds': { version: '2.0.0', hasInstallScript },
    'node_modules/absent': { version: '1.0.0', hasInstallScript },
    'node_modules/prebuilt': { hasInstallScript },
    'node_modules/for-platform': { hasInstallScript, optionalDependencies: { '@a/linux-x64': '1' } },
    'node_modules/for-other': { version: '3.0.0', hasInstallScript, optionalDependencies: { '@a/darwin': '1' } },
    ...{ 'node_modules/@a/linux-x64': onLinux, 'node_modules/@a/darwin': { os: ['darwin'] }, 'node_modules/plain': {} },
  };
  const installed = Object.keys(packages).filter((folder) => !/absent|darwin/.test(folder));
  const paths = [...installed.map((folder) => `${folder}/a`), 'node_modules/prebuilt/prebuilds/linux-x64/a.node'];
  expect(findUnrunScripts(packages, paths, 'linux-x64')).toMatchObject([
    { message: expect.stringMatching(/: builds@1\.0\.0, builds@2\.0\.0, for-other@3\.0\.0$/) as string },
  ]);
  expect(findUnrunScripts({ 'node_modules/plain': {} }, paths)).toEqual([]);
});

it('keeps one commit of a git repository, also of a folder in it, and runs nothing of it', async () => {
  await using repository = await createWorkspaceDir();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: repository.path })
      .toString()
      .trim();
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(repository.path, path)), { recursive: true });
    await writeFile(join(repository.path, path), content);
  };
  git('init', '--quiet');
  await write('plugins/a/.claude-plugin/plugin.json', '{"name":"a"}');
  await write('plugins/a/commands/go.md', 'Go.');
  await symlink('commands/go.md', join(repository.path, 'plugins/a/README.md'));
  await write('.claude-plugin/marketplace.json', '{"plugins":[{"name":"a","source":"./plugins/a"}]}');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'one');
  git('tag', 'v1');
  const commit = git('rev-parse', 'HEAD');
  await write('plugins/a/commands/more.md', 'More.');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'two');

  await using stage = await openStage();
  const url = `file://${repository.path}`;
  await using first = await stage.take({ type: 'git', url, ref: 'v1', path: './plugins/a' });
  expect(first.release).toMatchObject({ origin: { commit }, version: commit.slice(0, 12), root: '' });
  expect(first.release.parts).toEqual([{ kind: 'command', name: 'go', file: 'commands/go.md' }]);
  expect(await readdir(first.path ?? '')).toContain('README.md');
  await using newest = await stage.take({ type: 'git', url });
  expect(newest.release.parts.map(({ name }) => name)).toEqual(['go', 'more']);
  await using pinned = await stage.take({ type: 'git', url, ref: commit });
  expect(pinned.release.origin).toEqual({ commit });

  await expect(stage.take({ type: 'git', url, ref: 'none' })).rejects.toThrow(/git could not fetch none of file:/);
  await expect(stage.take({ type: 'git', url, path: 'none' })).rejects.toThrow(/none: is no folder of the repository/);
  await symlink('/etc/passwd', join(repository.path, 'plugins/a/out'));
  git('add', '-A');
  git('commit', '--quiet', '-m', 'three');
  await expect(stage.take({ type: 'git', url })).rejects.toThrow(/plugins\/a\/out: is a link that leads out/);
});

it.each(['file:///srv/a', 'http://host.example/a', 'git://host.example/a', 'ext::true', '-x@host.example:a'])(
  'fetches nothing from %s',
  async (url) => {
    await using stage = await openStage({}, { fileUrls: false });
    await expect(stage.take({ type: 'git', url })).rejects.toThrow('is no address that git fetches from');
  },
);

it('follows a marketplace only to https and npm, whatever people may name themselves', async () => {
  await using stage = await openStage();
  const place = join(stage.path, 'place');
  await mkdir(place);
  const nowhere = [{ name: 'x', source: './plugins/none' }];
  await mkdir(join(place, 'plugins/some'), { recursive: true });
  await writeFile(join(place, 'plugins/some/SKILL.md'), 'Look.');
  await writeFile(join(place, 'marketplace.json'), JSON.stringify({ plugins: nowhere }));
  await expect(stage.take({ type: 'path', path: place })).rejects.toThrow(
    /names the folder .\/plugins\/none, which does not exist there.* In plugins there is some/,
  );
  await expect(stage.take({ type: 'path', path: `${place}/none` })).rejects.toThrow('does not exist on the server');
  for (const url of ['file:///srv/a', 'http://host.example/a', 'ssh://host.example/a', 'git@host.example:a']) {
    const plugins = [{ name: 'x', source: { source: 'url', url } }];
    await writeFile(join(place, 'marketplace.json'), JSON.stringify({ plugins }));
    await expect(stage.take({ type: 'path', path: place })).rejects.toThrow('names an address that is not https');
  }
});

it.each(['./', './plugins/t/'])(
  'digests what a plugin at %s of a marketplace has, which changes with it',
  async (source) => {
    await using stage = await openStage();
    const plugins = [{ name: 't', source, strict: false, skills: ['./skills/docx'] }];
    const skill = `${source}skills/docx/SKILL.md`;
    const files = { '.claude-plugin/marketplace.json': JSON.stringify({ plugins }), [skill]: 'One.', 'other.md': '' };
    await using place = await createWorkspaceDir(files);
    await using first = await stage.take({ type: 'path', path: place.path });
    await writeFile(join(place.path, skill), 'Two.');
    await using second = await stage.take({ type: 'path', path: place.path });
    expect(existsSync(join(first.path ?? '', 'skills/docx/SKILL.md'))).toBe(true);
    expect(second.release.digest).not.toBe(first.release.digest);
  },
);

it('puts a plugin elsewhere together with its entry, follows once, and keeps where the entry stands', async () => {
  await using dir = await createWorkspaceDir();
  const source = { source: 'npm', package: '@team/mcp' };
  const plugins = [
    { name: 'x', source, strict: false, description: 'X', skills: './s', mcpServers: { a: { command: 'b' } } },
  ];
  const marketplace = JSON.stringify({ plugins });
  await using registry = await openRegistry(dir.path, { 'marketplace.json': marketplace, 's/SKILL.md': 'Do it.' });
  await using stage = await openStage(registry.environment);
  await using taken = await stage.take({ type: 'npm', name: '@team/mcp' });
  expect(taken).toMatchObject({
    name: 'x',
    release: {
      ...{ root: 'node_modules/@team/mcp', source: { type: 'npm', name: '@team/mcp', plugin: 'x' } },
      origin: { package: '@team/mcp', integrity: registry.integrity },
      manifest: { name: 'x', description: 'X' },
      parts: [
        { kind: 'mcp_server', name: 'a' },
        { kind: 'skill', name: 's' },
      ],
    },
  });
  await expect(stage.take({ type: 'npm', name: '@team/mcp', args: ['--stdio'] })).rejects.toThrow(
    'source.args: goes only with a package whose program is an MCP server',
  );
});

it('ends a program with all that it started when the server stops', async () => {
  const stopping = new AbortController();
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin' }, doing: 'wait', signal: stopping.signal };
  const waiting = runTool('sh', ['-c', 'sleep 1000 & wait'], options);
  stopping.abort();
  await expect(waiting).rejects.toThrow(/sh could not wait/);
});

it('leaves no program running when the server is killed', async () => {
  await using folder = await createWorkspaceDir();
  const script = `
    const { runTool } = await import('./run-tool.ts');
    const options = { cwd: ${JSON.stringify(folder.path)}, env: { PATH: '/usr/bin:/bin' }, doing: 'wait' };
    await runTool('sh', ['-c', 'sleep 1000 & wait'], options);`;
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
  await until('the program runs', async () =>
    (await listProcesses(folder.path)).some(({ command }) => command === 'sleep 1000'),
  );
  server.kill('SIGKILL');
  await waitUntilGone(folder.path);
});
