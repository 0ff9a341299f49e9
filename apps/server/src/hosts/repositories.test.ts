import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir, startGitServer, startSshServer, type GitServer } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { createServerGit } from '../workspaces/git/run-git.ts';
import { createSandboxGit, type SandboxGit } from '../workspaces/git/sandbox-git.ts';
import { readCredential } from '../workspaces/repositories/credential.ts';
import { openOwnDoor } from '../workspaces/repositories/own-door.ts';
import { parseRemote } from '../workspaces/repositories/remote.ts';
import { openRemotes } from '../workspaces/repositories/remotes.ts';
import { openRepositories, type OpenRequest } from '../workspaces/repositories/repositories.ts';
import { makeSessionDirs, toLentDir, toSessionDirs } from '../workspaces/session-dirs.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';

const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });
const { agentUser } = options;
const ssh = await startSshServer();
if (ssh === undefined) console.warn('SKIPPED: SSH is not tested, because there is no /usr/sbin/sshd');
let server: GitServer;

beforeAll(async () => {
  server = await startGitServer();
});
afterAll(() => Promise.all([server[Symbol.asyncDispose](), ssh?.[Symbol.asyncDispose]()]));

const MIB = 1024 * 1024;
const GIT_LIMITS = { maxDataBytes: 32 * MIB, maxFileBytes: 256 * MIB, maxCpuSeconds: 60 };

const toServer = (origin: string) => origin.replace(/\/\/.*@/, '//');

/** Repositories of a server that may reach the git server of this file, and sessions with folders for them. */
async function openStage({ maxBytes = 1024 ** 3 } = {}) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const path = process.env['PATH'] ?? '';
  const sandbox = { ...options, dataDir: data.path, networking: 'unrestricted' as const, modelSocket: undefined };
  const { host } = stack.use(
    openTestHost(problem === undefined ? { launcher: createBubblewrapLauncher(sandbox) } : {}),
  );
  const allowedServers = [server.origin, ...(ssh ? [ssh.origin, ssh.oldOrigin].map(toServer) : [])];
  const sshDir = join(data.path, 'ssh');
  const remotes = await openRemotes({ allowedServers, sshDir, path, now: Date.now });
  stack.defer(() => remotes.close());
  const door = await openOwnDoor(remotes.ask, join(data.path, 'git.sock'));
  stack.defer(() => door.close());
  const sandboxGit = createSandboxGit({ host, path: '/usr/bin:/bin' });
  const inSandbox: string[] = [];
  const watchedGit: SandboxGit = {
    ...sandboxGit,
    run: (args, more) => {
      inSandbox.push(args.join(' '));
      return sandboxGit.run(args, more);
    },
  };
  const repositories = await openRepositories({
    ...{
      dir: join(data.path, 'repositories'),
      git: createServerGit({ path, limits: GIT_LIMITS }),
      sandboxGit: watchedGit,
      door,
    },
    sandboxPath: '/usr/bin:/bin',
    agentUser: problem === undefined ? agentUser : undefined,
    ...{ maxBytes, maxTreeBytes: 1024 ** 2, now: Date.now, logger: pino({ level: 'silent' }) },
  });
  stack.defer(() => repositories.close());
  const openSession = async (id: string) => {
    const dirs = toSessionDirs(data.path, id);
    await makeSessionDirs(dirs);
    if (problem === undefined && agentUser) await chown(dirs.workspace, agentUser.uid, agentUser.gid);
    const at = { cwd: dirs.workspace, writableDirs: [dirs.workspace], readableDirs: [toLentDir(dirs)] };
    const git = async (...args: string[]) => (await sandboxGit.read(args, at)).toString().trim();
    const open = (name: string, more: Partial<OpenRequest> = {}) =>
      repositories.open({
        ...{
          remote: parseRemote(`${server.origin}/${name}.git`),
          ...{ scope: 'public', ownerId: 'user_1' },
          dirs,
          resourceId: 'one',
          mountPath: '',
        },
        ...{
          checkout: null,
          subfolder: undefined,
          credential: undefined,
          author: { name: 'A "B" C', email: 'a@example.com' },
        },
        ...{ signal: new AbortController().signal, onProgress: () => undefined },
        ...more,
      });
    return { dirs, git, open };
  };
  const held = stack.move();
  return { data: data.path, repositories, inSandbox, openSession, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

it('opens a repository that the agent commits to, while the mirror stays the server’s', async () => {
  await using opened = await openStage();
  const first = await server.create('plain', {
    'a.txt': 'one\n',
    'src/b.txt': 'two\n',
    '.gitattributes': '*.bin filter=lfs\n',
  });
  const session = await opened.openSession('first');
  const { commit, branch, remarks } = await session.open('plain');
  expect({ commit, branch }).toEqual({ commit: first, branch: 'main' });
  expect(remarks.join()).toMatch(/LFS/);
  const { git } = session;
  expect(await git('status', '--porcelain=v2', '--branch')).toContain('# branch.upstream origin/main');
  expect(await git('config', 'remote.origin.url')).toBe(`${server.origin}/plain.git`);
  expect(await readFile(join(session.dirs.workspace, 'src/b.txt'), 'utf8')).toBe('two\n');
  await git('commit', '-q', '--allow-empty', '-m', 'mine');
  expect(await git('log', '-1', '--format=%an %ae')).toBe('A "B" C a@example.com');
  expect(await git('fsck', '--no-dangling')).toBe('');
  // By other names of the same files, so that the mirror may pack anew or go.
  const lent = join(toLentDir(session.dirs), 'one', 'pack');
  const [pack = ''] = (await readdir(lent)).filter((name) => name.endsWith('.pack'));
  expect((await stat(join(lent, pack))).nlink).toBe(2);
  // As after a restore, or on another node: neither the mirror nor what was lent of it is there, and the data directory had another name.
  await rm(toLentDir(session.dirs), { recursive: true });
  for (const name of await readdir(join(opened.data, 'repositories')))
    await rm(join(opened.data, 'repositories', name, 'mirror.git'), { recursive: true });
  const alternates = join(session.dirs.workspace, '.git', 'objects', 'info', 'alternates');
  const borrowed = await readFile(alternates, 'utf8');
  await writeFile(alternates, borrowed.replace(opened.data, '/srv/other'));
  await expect(git('fsck')).rejects.toThrow(/failed/);
  await opened.repositories.lendAgain({
    ...{ remote: parseRemote(`${server.origin}/plain.git`), scope: 'public', dirs: session.dirs, resourceId: 'one' },
    ...{ ownerId: 'user_1', mountPath: '' },
    ...{ checkout: null, credential: undefined, signal: new AbortController().signal, onProgress: () => undefined },
  });
  expect(await git('fsck', '--no-dangling')).toBe('');
});

it('reads what a git server sends in a sandbox, where there is one, and keeps only packs of its own', async () => {
  await using opened = await openStage();
  await server.create('sent', { 'a.txt': 'one\n' });
  await (await opened.openSession('first')).open('sent');
  await server.commit('sent', { 'b.txt': 'two\n' });
  await (await opened.openSession('second')).open('sent');
  const fetches = opened.inSandbox.filter((each) => each.includes(' fetch ') && each.includes('csp::'));
  expect(fetches).toHaveLength(problem === undefined ? 2 : 0);
  const [name = ''] = await readdir(join(opened.data, 'repositories'));
  expect(
    (await readdir(join(opened.data, 'repositories', name))).filter((each) => each.startsWith('incoming')),
  ).toEqual([]);
  const packs = join(opened.data, 'repositories', name, 'mirror.git', 'objects', 'pack');
  const stats = await Promise.all((await readdir(packs)).map((each) => stat(join(packs, each))));
  expect(stats.length).toBeGreaterThanOrEqual(4);
  expect(stats.map(({ uid, mode }) => [uid, mode & 0o777])).toEqual(stats.map(() => [process.getuid?.(), 0o444]));
});

it('lends nothing that was taken back at the git server, and leaves it to whoever had it', async () => {
  await using opened = await openStage();
  await server.create('rewound', { 'a.txt': 'one\n' });
  const secret = await server.commit('rewound', { 'secret.txt': 'pushed by mistake\n' });
  const [first, second, third] = await Promise.all(['first', 'second', 'third'].map((id) => opened.openSession(id)));
  await first?.open('rewound');
  await server.git('rewound', 'update-ref', 'refs/heads/main', `${secret}^`);
  await second?.open('rewound');
  await opened.repositories.idle();
  await third?.open('rewound');
  expect(await first?.git('cat-file', '-t', secret)).toBe('commit');
  await expect(third?.git('cat-file', '-t', secret)).rejects.toThrow(/could not get object info|Not a valid object/);
  expect(await third?.git('fsck', '--no-dangling')).toBe('');
});

it('opens submodules by what serves for each, and says of the others why they are missing', async () => {
  await using opened = await openStage();
  const run = promisify(execFile);
  /** Commits links to other repositories. */
  const link = async (name: string, modules: readonly { path: string; url: string; commit: string }[]) => {
    const tree = join(server.dir, '..', 'trees', name);
    for (const { path, commit } of modules) {
      await mkdir(join(tree, path), { recursive: true });
      await run('git', ['-C', tree, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`]);
    }
    const text = modules.map(({ path, url }) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`).join('');
    return server.commit(name, { '.gitmodules': text });
  };
  const inner = await server.create('inner', { 'inner.txt': 'inner\n' });
  server.protect('inner', 'right');
  await server.create('lib', { 'lib.txt': 'one\n' });
  const lib = await link('lib', [{ path: 'inner', url: '../inner.git', commit: inner }]);
  await server.commit('lib', { 'lib.txt': 'two\n' });
  await server.create('app', { 'a.txt': 'app\n' });
  await link('app', [
    { path: 'deps/gone', url: `${server.origin}/none.git`, commit: lib },
    { path: 'deps/lib', url: '../lib.git', commit: lib },
    { path: 'deps/path', url: `file://${server.dir}/lib.git`, commit: lib },
    { path: 'deps/program', url: 'ext::sh -c true', commit: lib },
  ]);
  const session = await opened.openSession('first');
  const asked: string[] = [];
  const findSubmoduleAccess: OpenRequest['findSubmoduleAccess'] = async ({ url }) => {
    asked.push(url.slice(server.origin.length));
    const credential = { type: 'basic', username: 'x', password: 'right' } as const;
    return url.includes('/inner') ? { credential, scope: 'user_1' } : { credential: undefined, scope: 'public' };
  };
  const { submodules, remarks } = await session.open('app', { mountPath: 'code', findSubmoduleAccess });
  expect(asked).toEqual(['/none.git', '/lib.git', '/inner.git']);
  expect(submodules?.map((each) => [each.path, each.problem])).toEqual([
    ['deps/gone', expect.stringContaining('There is no repository at')],
    ['deps/lib', null],
    ['deps/path', expect.stringContaining('has the protocol file. Use https or ssh')],
    ['deps/program', expect.stringContaining('is no address of a git repository')],
    ['deps/lib/inner', null],
  ]);
  expect(remarks).toHaveLength(3);
  expect(remarks[1]).toMatch(/^The submodule deps\/path \(file:.*\) is missing: /);
  const code = join(session.dirs.workspace, 'code');
  expect(await readFile(join(code, 'deps/lib/lib.txt'), 'utf8')).toBe('one\n');
  expect(await readFile(join(code, 'deps/lib/inner/inner.txt'), 'utf8')).toBe('inner\n');
  expect(await session.git('-C', 'code', 'status', '--porcelain')).toBe('');
  expect(await session.git('-C', 'code/deps/lib', 'rev-parse', 'HEAD')).toBe(lib);
  expect(await session.git('-C', 'code/deps/lib/inner', 'fsck', '--no-dangling')).toBe('');
});

it('fetches no more than half of the room of all repositories, and says so', async () => {
  await using opened = await openStage({ maxBytes: 2 * MIB });
  await server.create('huge', { 'a.txt': randomBytes(MIB).toString('base64') });
  const session = await opened.openSession('first');
  await expect(session.open('huge')).rejects.toThrow(
    'larger than the 1 MB that the server keeps of the repositories of one person',
  );
});

it('opens again from what it has, and fetches only what is new', async () => {
  await using opened = await openStage();
  await server.create('again', { 'a.txt': 'one\n', 'dir/b.txt': 'b\n' });
  await (await opened.openSession('first')).open('again');
  const before = server.requests.length;
  const second = await opened.openSession('second');
  await second.open('again', { mountPath: 'code/again' });
  expect(server.requests.slice(before).filter((each) => each.includes('service='))).toHaveLength(1);
  expect(server.requests.length - before).toBe(2);
  const next = await server.commit('again', { 'a.txt': 'other\n' });
  await server.commit('again', { 'c.txt': 'c\n' }, 'topic');
  const third = await opened.openSession('third');
  expect(await third.open('again')).toMatchObject({ commit: next, branch: 'main' });
  const tagged = await server.git('again', 'rev-parse', 'topic');
  await server.git('again', 'tag', '-a', '-m', 'first', 'v1', 'topic');
  const fourth = await opened.openSession('fourth');
  expect(await fourth.open('again', { checkout: { type: 'tag', name: 'v1' } })).toMatchObject({
    commit: tagged,
    branch: null,
  });
  const fifth = await opened.openSession('fifth');
  await fifth.open('again', { checkout: { type: 'commit', sha: tagged }, subfolder: 'dir' });
  expect((await readdir(fifth.dirs.workspace)).toSorted()).toEqual(['.git', 'a.txt', 'c.txt', 'dir']);
  expect(await fifth.git('status', '--porcelain')).toBe('');
});

it('gives a prepared work tree to the next session, on the commit that it asks for', async () => {
  await using opened = await openStage();
  const first = await server.create('ready', { 'a.txt': 'one\n', 'dir/b.txt': 'b\n' });
  await (await opened.openSession('first')).open('ready');
  const [name = ''] = await readdir(join(opened.data, 'repositories'));
  const trees = join(opened.data, 'repositories', name, 'trees');
  await opened.repositories.idle();
  const [prepared = ''] = await readdir(trees);
  await access(join(trees, prepared, 'dir/b.txt'));
  const phases: string[] = [];
  const second = await opened.openSession('second');
  await second.open('ready', { onProgress: ({ phase }) => void phases.push(phase) });
  expect(phases).toEqual(['looking']);
  expect(await second.git('rev-parse', 'HEAD')).toBe(first);
  expect(await second.git('status', '--porcelain', '--branch')).toBe('## main...origin/main');
  expect(await readdir(trees)).not.toContain(prepared);
});

it('says why a repository cannot be opened, and what to do', async () => {
  await using opened = await openStage();
  await server.create('closed', { 'a.txt': 'one\n' });
  server.protect('closed', 'right');
  const session = await opened.openSession('first');
  const credential = (password: string) => ({ type: 'basic' as const, username: 'x', password });
  const fail = (name: string, more: Partial<OpenRequest> = {}) =>
    session.open(name, more).then(
      () => 'opened',
      (error: { message: string; details?: Record<string, unknown> }) => [
        error.details?.['repository_error'],
        error.message,
      ],
    );
  expect(await fail('closed')).toEqual(['repository_authentication_error', expect.stringContaining('token')]);
  expect(await fail('closed', { credential: credential('wrong') })).toEqual([
    'repository_authentication_error',
    expect.stringContaining('refused the credential'),
  ]);
  server.refuse('closed', 403);
  expect(await fail('closed', { credential: credential('right') })).toEqual([
    'repository_forbidden_error',
    expect.stringContaining('right to read'),
  ]);
  server.refuse('closed', undefined);
  const right = { credential: credential('right'), scope: 'user_1' };
  expect(await fail('none')).toEqual(['repository_not_found_error', expect.stringContaining('Check the address')]);
  expect(await fail('closed', { ...right, checkout: { type: 'branch', name: 'gone' } })).toEqual([
    'repository_checkout_error',
    expect.stringContaining('It has main.'),
  ]);
  const missing = { type: 'commit', sha: '0123456789012345678901234567890123456789' } as const;
  expect(await fail('closed', { ...right, checkout: missing })).toEqual([
    'repository_checkout_error',
    expect.stringContaining('no commit'),
  ]);
  expect(await fail('closed', { ...right, subfolder: 'gone' })).toEqual([
    'repository_checkout_error',
    expect.stringContaining('no folder gone'),
  ]);
  // In a pack they are a few kilobytes; in each work tree they would fill the disk.
  const zeros = '\0'.repeat(300_000);
  await server.create('large', { a: zeros, 'b/c': zeros, 'b/d': zeros, 'e/f': zeros });
  const tooLarge = ['repository_checkout_error', expect.stringContaining('take 2 MB, and a session may have 1 MB')];
  expect(await fail('large')).toEqual(tooLarge);
  expect(await fail('large', { subfolder: 'e', mountPath: 'large' })).toBe('opened');
  expect(await fail('none', { remote: parseRemote('http://127.0.0.1:1/x') })).toEqual([
    'repository_clone_error',
    expect.stringContaining('CLAUDE_SDK_PATTERN_GIT_SERVERS'),
  ]);
  expect(await fail('none', { remote: parseRemote('https://localhost:1/x') })).toEqual([
    'repository_clone_error',
    expect.stringContaining('not public'),
  ]);
  // What the mirror has is for nobody who may not read the repository any more.
  expect(await session.open('closed', right)).toMatchObject({ branch: 'main' });
  server.protect('closed', 'changed');
  expect(await fail('closed', { ...right, mountPath: 'two' })).toEqual([
    'repository_authentication_error',
    expect.anything(),
  ]);
  server.protect('closed', 'right');
  expect(await fail('closed', { ...right, mountPath: '' })).toEqual([
    undefined,
    expect.stringContaining('Choose another mount_path'),
  ]);
});

it('says so where git needs more memory for a repository than it gets, and opens others', async () => {
  await using opened = await openStage();
  await server.create('heavy', { 'a.txt': 'one\n' });
  const message = join(opened.data, 'message');
  await writeFile(message, Buffer.alloc(40 * MIB, 'x'));
  const commit = await server.git('heavy', 'commit-tree', '-F', message, 'main^{tree}');
  await server.git('heavy', 'update-ref', 'refs/heads/main', commit);
  const session = await opened.openSession('first');
  await expect(session.open('heavy')).rejects.toMatchObject({
    message: expect.stringContaining('git needs more memory'),
    details: { repository_error: 'repository_clone_error' },
  });
  await server.create('light', { 'a.txt': 'one\n' });
  expect(await session.open('light')).toMatchObject({ branch: 'main' });
});

it('follows no link out of the workspace when it places a repository', async () => {
  await using opened = await openStage();
  await server.create('placed', { 'a.txt': 'one\n' });
  const session = await opened.openSession('first');
  await mkdir(join(opened.data, 'outside'));
  const { symlink } = await import('node:fs/promises');
  await symlink(join(opened.data, 'outside'), join(session.dirs.workspace, 'link'));
  await writeFile(join(session.dirs.workspace, 'file'), '');
  for (const mountPath of ['link', 'link/x', 'file', 'file/x'])
    await expect(session.open('placed', { mountPath })).rejects.toThrow(/Choose another mount_path/);
  expect(await readdir(join(opened.data, 'outside'))).toEqual([]);
});

it.skipIf(ssh === undefined)(
  'opens repositories over SSH, by the host key that it knows, and leaves no key',
  async () => {
    if (ssh === undefined) return;
    await using opened = await openStage();
    const first = await server.create('shell', { 'a.txt': 'one\n' });
    let count = 0;
    const open = async (origin: string, secret: string, name = 'shell') => {
      const session = await opened.openSession(`ssh-${(count += 1)}`);
      const remote = parseRemote(`${origin}${server.dir}/${name}.git`);
      return session.open(name, { remote, scope: 'user_1', credential: readCredential(secret, 'ssh') });
    };
    const trusted = await open(ssh.origin, ssh.key);
    expect(trusted).toMatchObject({
      commit: first,
      branch: 'main',
      remarks: [expect.stringMatching(/SHA256:[\w+/]{43} /)],
    });
    expect((await open(ssh.origin, ssh.key)).remarks).toEqual([]);
    const next = await server.commit('shell', { 'b.txt': 'two\n' });
    expect(await open(ssh.oldOrigin, ssh.key.replaceAll('\n', '') + ssh.knownHosts)).toMatchObject({
      commit: next,
      remarks: [],
    });
    await server.commit('shell', { 'c.txt': 'three\n' });
    expect(await open(ssh.oldOrigin, ssh.key + ssh.knownHosts)).toMatchObject({ branch: 'main' });
    const fail = (...args: Parameters<typeof open>) => open(...args).catch(({ message }: Error) => message);
    expect(await fail(ssh.origin, ssh.otherKey)).toMatch(/refused the credential/);
    expect(await fail(ssh.origin, ssh.key, 'none')).toMatch(/There is no repository at/);
    const [host = ''] = ssh.knownHosts.split('ssh-ed25519 ');
    const other = `${host}ssh-ed25519 ${'A'.repeat(68)}`;
    expect(await fail(ssh.origin, ssh.key + other)).toMatch(/its host key is not the one that is known/);
    expect(await fail('ssh://git@localhost:1', ssh.key)).toMatch(/not public/);
    expect(await readdir(join(opened.data, 'ssh'))).toEqual(['known_hosts']);
  },
);
