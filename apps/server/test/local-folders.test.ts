import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type {
  FolderLeaseResource,
  FolderRootListing,
  FolderRootResource,
  GitRepositoryState,
  SessionResource,
  WorkspaceTrustReview,
} from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { allowCommands } from './support/allow-commands.ts';
import { openChat, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { useModel } from './support/use-stage.ts';

const problem = await findSandboxProblemHere();
if (problem !== undefined) console.warn(`SKIPPED: folders in a sandbox are not tested, because ${problem}`);

/** The model runs whatever command the person gives it. */
const scenarios: Scenario[] = [
  {
    match: { userText: /run: / },
    reply: [
      (conversation) => useTool('Bash', { command: conversation.userText.split('run: ').at(-1) ?? '' }),
      say('Done.'),
    ],
  },
];
const model = await useModel(scenarios);
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const root = stack.use(await createWorkspaceDir({ 'plain/a.txt': 'one\n' })).path;
const outside = stack.use(await createWorkspaceDir({ 'secret.txt': 'secret\n' })).path;
// Agents have a user of their own where the server is root.
chmodSync(root, 0o777);

/** Has the agent run a command and answers what it printed. */
async function run(chat: Chat, command: string): Promise<string> {
  const turns = chat.eventsOf('session.turn_completed').length;
  await chat.say(`run: ${command}`);
  await chat.waitForTurns(turns + 1);
  const { content } = chat.eventsOf('agent.tool_result').at(-1) ?? {};
  return (content ?? []).map((block) => ('text' in block ? block.text : '')).join('');
}

async function call<T>(server: TestServer, method: string, path: string, body?: object, key = server.apiKey) {
  const response = await fetch(server.url + path, {
    ...{ method, headers: { 'x-api-key': key, ...(body && { 'content-type': 'application/json' }) } },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
}

const grant = (server: TestServer, path: string, more: object = {}) =>
  call<FolderRootResource>(server, 'POST', '/api/v1/folder-roots', {
    ...{ path, label: 'Work', roles: ['admin'], modes: ['copy', 'worktree', 'direct'], ...more },
  });
const toSession = (path: string, mode: string, more: object = {}) => ({
  resources: [{ type: 'local_folder', path, mode, ...more }],
});
const getResource = async (server: TestServer, sessionId: string) =>
  (await call<SessionResource>(server, 'GET', `/v1/sessions/${sessionId}`)).body.resources[0];
const noticesOf = (chat: Chat) => chat.eventsOf('session.notice').map(({ text }) => text);
const git = (cwd: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'core.fsmonitor=false', ...args],
    {
      ...{ cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    },
  ).trim();

async function makeFolder(name: string, files: Record<string, string>): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(path, file, '..'), { recursive: true });
    await writeFile(join(path, file), text);
  }
  execFileSync('chmod', ['-R', 'a+rwX', path]);
  return path;
}

describe.each(
  [{ launcher: 'local' }, { launcher: 'bubblewrap' }].filter(
    ({ launcher }) => launcher === 'local' || problem === undefined,
  ),
)('a folder of the machine ($launcher)', ({ launcher }) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({
      upstreamUrl: model.url,
      environment: { CLAUDE_SDK_PATTERN_LAUNCHER: launcher, CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1' },
    });
    await allowCommands(server);
    expect(await grant(server, root)).toMatchObject({ status: 201, body: { path: root, problem: null } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('is copied with whatever names it has, without what is no file, and stays as it is', async () => {
    const path = await makeFolder(`copied-${launcher}`, {
      'a.txt': 'one\n',
      'CLAUDE.md': `TOLD-${launcher}\n`,
      '.claude/settings.json': JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] } }),
      'odd\nname ✓/b': 'two\n',
      'run.sh': '#!/bin/sh\necho ran\n',
    });
    writeFileSync(Buffer.concat([Buffer.from(`${path}/raw-`), Buffer.from([0xff])]), 'raw\n');
    chmodSync(join(path, 'run.sh'), 0o755);
    symlinkSync(join(outside, 'secret.txt'), join(path, 'link'));
    await promisify(execFile)('mkfifo', [join(path, 'pipe')]);
    const socket = createServer().listen(join(path, 'sock'));
    await once(socket, 'listening');
    await using chat = await openChat(server, { session: toSession(path, 'copy') });
    const mounted = await chat.waitForEvent('session.resource_mounted');
    socket.close();
    expect(mounted).toMatchObject({
      ...{ folder: { path, mode: 'copy' }, mount_path: `/workspace/copied-${launcher}`, repository_url: null },
      remarks: [expect.stringMatching(/^Not copied, because they are pipes, sockets/)],
    });
    for (const name of ['pipe', 'sock']) expect(mounted.remarks[0]).toContain(` ${name}`);
    const here = `cd copied-${launcher}`;
    expect(
      await run(chat, `${here} && ls | wc -l; cat odd*/b raw-*; ./run.sh; readlink link; echo new > a.txt; mkdir sub`),
    ).toBe(`7\ntwo\nraw\nran\n${join(outside, 'secret.txt')}`);
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one\n');
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain(`TOLD-${launcher}`);
    const trust = await call<WorkspaceTrustReview>(server, 'GET', `/api/v1/sessions/${chat.sessionId}/workspace/trust`);
    expect(trust.body.places).toMatchObject([
      { folder: `copied-${launcher}`, state: 'untrusted', items: [{ kind: 'hook' }] },
    ]);
    const forked = (await chat.socket.request({ type: 'session.fork', session_id: chat.sessionId })) as unknown as {
      result: { session: { id: string } };
    };
    await call(server, 'DELETE', `/v1/sessions/${chat.sessionId}`);
    await using fork = await openChat(server, { sessionId: forked.result.session.id });
    expect(await run(fork, `${here} && cat a.txt`)).toBe('new');
    expect(await readdir(path)).toHaveLength(8);
  });

  it('is checked out of a repository, of which nothing runs and nothing changes', async () => {
    const path = await makeFolder(`tree-${launcher}`, { 'README.md': 'one\n' });
    git(path, 'init', '-q', '-b', 'main');
    git(path, 'add', '.');
    git(path, 'commit', '-qm', 'First');
    git(path, 'branch', 'old');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'Second');
    const marker = join(path, 'ran');
    writeFileSync(join(path, 'evil.sh'), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-commit'])
      writeFileSync(join(path, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    git(path, 'config', 'core.fsmonitor', join(path, 'evil.sh'));
    git(path, 'config', 'uploadpack.packObjectsHook', join(path, 'evil.sh'));
    git(path, 'config', 'filter.evil.smudge', join(path, 'evil.sh'));
    const before = git(path, 'for-each-ref');
    await using chat = await openChat(server, { session: toSession(path, 'worktree', { mount_path: '/workspace' }) });
    const commit = git(path, 'rev-parse', 'HEAD');
    expect(await chat.waitForEvent('session.resource_mounted')).toMatchObject({
      ...{ commit, branch: 'main', mount_path: '/workspace', folder: { path, mode: 'worktree' } },
    });
    expect(
      await run(
        chat,
        `git log --format=%s && ls && echo two >> README.md && git commit -qam Third && git log -1 --format=%an && git remote`,
      ),
    ).toBe(
      `Second\nFirst\nREADME.md\n${(await call<{ user: { name: string } }>(server, 'GET', '/api/v1/bootstrap')).body.user.name}`,
    );
    const listed = await call<{ data: GitRepositoryState[] }>(
      server,
      'GET',
      `/api/v1/sessions/${chat.sessionId}/workspace/git`,
    );
    expect(listed.body.data).toMatchObject([
      { path: '', branch: 'main', commit: { subject: 'Third' }, remote_url: null },
    ]);
    expect(git(path, 'for-each-ref')).toBe(before);
    expect(existsSync(marker)).toBe(false);

    await using old = await openChat(server, {
      session: toSession(path, 'worktree', { checkout: { type: 'branch', name: 'old' } }),
    });
    expect(await old.waitForEvent('session.resource_mounted')).toMatchObject({
      branch: 'old',
      commit: git(path, 'rev-parse', 'old'),
    });
    await using none = await openChat(server, {
      session: toSession(path, 'worktree', { checkout: { type: 'branch', name: 'none' } }),
    });
    await none.waitForEvent('session.notice');
    expect(noticesOf(none)).toEqual([expect.stringMatching(/it has no branch none\. Choose another checkout/)]);
    await using plain = await openChat(server, { session: toSession(join(root, 'plain'), 'worktree') });
    await plain.waitForEvent('session.notice');
    expect(noticesOf(plain)).toEqual([expect.stringMatching(/it is no git repository/)]);
    expect(await run(plain, 'echo goes on')).toBe('goes on');
  });

  it('is worked in by one session at a time, which is named to others, and outlasts them all', async () => {
    const path = await makeFolder(`own-${launcher}`, {
      ...{ 'a.txt': 'one\n', 'CLAUDE.md': `OWN-${launcher}\n`, 'sub/b.txt': 'two\n' },
      '.claude/skills/greet/SKILL.md': '---\nname: greet\ndescription: SKILL-OF-FOLDER\n---\nHello\n',
    });
    const name = `own-${launcher}`;
    await using chat = await openChat(server, { session: { title: 'Mine', ...toSession(path, 'direct') } });
    expect(await chat.waitForEvent('session.resource_mounted')).toMatchObject({ folder: { path, mode: 'direct' } });
    expect(await run(chat, `cd ${name} && echo new > c.txt && rm sub/b.txt && cat a.txt && pwd -P`)).toBe(
      `one\n${path}`,
    );
    expect(readFileSync(join(path, 'c.txt'), 'utf8')).toBe('new\n');
    expect(existsSync(join(path, 'sub/b.txt'))).toBe(false);
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain(`OWN-${launcher}`);
    // Nothing of it runs, or is offered, before somebody has trusted it.
    expect(JSON.stringify(model.requests.at(-1)?.body)).not.toContain('SKILL-OF-FOLDER');

    const ask = (at: string, mode = 'direct') => call(server, 'POST', '/v1/sessions', toSession(at, mode));
    for (const at of [path, join(path, 'sub'), root])
      expect(await ask(at)).toMatchObject({
        ...{ status: 409 },
        body: {
          error: { message: expect.stringMatching(/is used directly by another session of yours, “Mine”, since 20/) },
        },
      });
    expect(await ask(path, 'copy')).toMatchObject({ status: 200 });
    const key = await createUserKey(server, `bob-${launcher}`);
    const [granted] = (await call<{ data: FolderRootResource[] }>(server, 'GET', '/api/v1/folder-roots')).body.data;
    await call(server, 'PATCH', `/api/v1/folder-roots/${granted?.id}`, { roles: ['admin', 'user'] });
    const refused = await call(server, 'POST', '/v1/sessions', toSession(path, 'direct'), key);
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('used directly by a session of') } },
    });
    expect(JSON.stringify(refused.body)).not.toContain('Mine');
    expect(JSON.stringify(refused.body)).not.toContain(chat.sessionId);
    const lease = { path, session_id: chat.sessionId, session_title: 'Mine' };
    const listLeases = async (as?: string) =>
      (await call<{ data: FolderLeaseResource[] }>(server, 'GET', '/api/v1/folder-leases', undefined, as)).body.data;
    expect([await listLeases(), await listLeases(key)]).toMatchObject([[lease], []]);

    const forked = (await chat.socket.request({ type: 'session.fork', session_id: chat.sessionId })) as unknown as {
      result: { session: { id: string; resources: object[] } };
    };
    expect(forked.result.session.resources).toEqual([]);
    await using fork = await openChat(server, { sessionId: forked.result.session.id });
    expect(await run(fork, `ls -A; cat ${path}/a.txt 2>&1`)).toMatch(launcher === 'local' ? /^one$/ : /No such file/);
    expect(noticesOf(fork)).toEqual([expect.stringContaining('stays with the session that was forked')]);

    await server.kill('SIGKILL');
    await server.restart();
    expect(await listLeases()).toMatchObject([lease]);
    await using again = await openChat(server, { sessionId: chat.sessionId });
    expect(await run(again, `cat ${name}/c.txt`)).toBe('new');

    const [mine] = await listLeases();
    const id = mine?.id ?? '';
    expect(await call(server, 'DELETE', `/api/v1/folder-leases/${id}`, undefined, key)).toMatchObject({ status: 404 });
    expect(await call(server, 'DELETE', `/api/v1/folder-leases/${id}`)).toMatchObject({ status: 204 });
    expect(await run(again, `ls -A; cat ${path}/a.txt 2>&1`)).toMatch(launcher === 'local' ? /^one$/ : /No such file/);
    const next = (await ask(path)) as { status: number; body: { id: string } };
    expect(next.status).toBe(200);
    expect(await call(server, 'DELETE', `/v1/sessions/${next.body.id}`)).toMatchObject({ status: 200 });
    expect((await readdir(path)).toSorted()).toEqual(['.claude', 'CLAUDE.md', 'a.txt', 'c.txt', 'sub']);
    const archived = (await ask(path)) as { status: number; body: { id: string } };
    await call(server, 'POST', `/v1/sessions/${archived.body.id}/archive`);
    expect(await listLeases()).toEqual([]);
    await call(server, 'PATCH', `/api/v1/folder-roots/${granted?.id}`, { roles: ['admin'] });
  }, 120_000);

  // An agent of root has every right.
  it.runIf(launcher !== 'local' || process.getuid?.() !== 0)(
    'is refused at once where the agent could not work in it, and kept from nobody then',
    async () => {
      const path = await makeFolder(`closed-${launcher}`, { 'a.txt': 'one\n' });
      const ask = () => call<SessionResource>(server, 'POST', '/v1/sessions', toSession(path, 'direct'));
      chmodSync(path, 0o500);
      expect(await ask()).toMatchObject({
        ...{ status: 400 },
        body: {
          error: { message: expect.stringMatching(/may not be read and changed by .*Give that user the right/) },
        },
      });
      chmodSync(path, 0o777);
      const made = await ask();
      expect(made.status).toBe(200);
      await call(server, 'DELETE', `/v1/sessions/${made.body.id}`);
    },
  );

  it('is told to be gone while the session works on, and is there again when it is', async () => {
    const path = await makeFolder(`gone-${launcher}`, { 'a.txt': 'one\n' });
    const name = `gone-${launcher}`;
    await using chat = await openChat(server, { session: toSession(path, 'direct') });
    await chat.waitForEvent('session.resource_mounted');
    expect(await run(chat, `cat ${name}/a.txt`)).toBe('one');
    renameSync(path, `${path}-away`);
    expect(await run(chat, 'echo still here')).toBe('still here');
    await chat.waitForEvent('session.notice', ({ text }) => text.includes(`There is no folder ${path} on this server`));
    await until('its process has ended', () => chat.eventsOf('session.process_hibernated').length > 0);
    expect(await run(chat, `cat ${name}/a.txt 2>&1; ls -A | wc -l`)).toMatch(/No such file.*\n0$/s);
    expect(await getResource(server, chat.sessionId)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining(path),
    });
    expect(noticesOf(chat)).toEqual([expect.stringContaining(`There is no folder ${path} on this server`)]);
    renameSync(`${path}-away`, path);
    // The process that answered without it gives way to one that has it.
    expect(await run(chat, `cat ${name}/a.txt`)).toBe('one');
    expect(chat.eventsOf('session.resource_mounted')).toHaveLength(2);
    const said = chat.eventsOf('user.message').length;
    expect(chat.eventsOf('session.turn_completed')).toHaveLength(said);
  });
});

describe('folders that are granted', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ upstreamUrl: model.url, environment: { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('are none of the system or of the server, and each only once', async () => {
    const link = join(outside, 'etc');
    symlinkSync('/etc', link);
    for (const path of ['/', '/etc', '/etc/ssl', '/proc/self', '/sys', '/dev/shm', '/usr/bin', link])
      expect(await grant(server, path), path).toMatchObject({
        ...{
          status: 400,
          body: {
            error: { message: expect.stringMatching(/cannot be granted: .*(?:belongs to the system|too much in it)/) },
          },
        },
      });
    await mkdir(join(server.dataDir, 'inner'));
    for (const path of [server.dataDir, join(server.dataDir, 'inner'), join(server.dataDir, '..')])
      expect(await grant(server, path), path).toMatchObject({
        ...{ status: 400, body: { error: { message: expect.stringMatching(/cannot be granted: .*this server/) } } },
      });
    expect(await grant(server, join(root, 'none'))).toMatchObject({ status: 400 });
    expect(await grant(server, root, { modes: ['copy'] })).toMatchObject({ status: 201 });
    expect(await grant(server, `${root}/./`)).toMatchObject({ status: 409 });
    const facts = await call<{ data: { action: string; details: object }[] }>(
      server,
      'GET',
      '/api/v1/audit?action=folder_root.create',
    );
    expect(facts.body.data).toMatchObject([{ details: { path: root, modes: ['copy'] } }]);
  });

  it('are used below them alone, by the roles and in the modes that were named', async () => {
    const [granted] = (await call<{ data: FolderRootResource[] }>(server, 'GET', '/api/v1/folder-roots')).body.data;
    const key = await createUserKey(server, 'cid');
    const create = (path: string, mode = 'copy', as?: string) =>
      call(server, 'POST', '/v1/sessions', toSession(path, mode), as);
    const refusal = (message: RegExp, status = 403) => ({
      status,
      body: { error: { message: expect.stringMatching(message) } },
    });
    const plain = join(root, 'plain');
    symlinkSync(outside, join(root, 'out'));
    symlinkSync(plain, join(root, 'in'));
    expect(await create(plain)).toMatchObject({
      status: 200,
      body: { resources: [{ path: plain, state: 'pending' }] },
    });
    expect(await create(join(root, 'in'))).toMatchObject({ status: 200, body: { resources: [{ path: plain }] } });
    expect(await create(join(root, 'out'))).toMatchObject(refusal(/leads out of .* by a link/));
    expect(await create(`${root}/plain/../../${outside.split('/').at(-1)}`)).toMatchObject(
      refusal(/not granted.*An administrator grants/),
    );
    expect(await create(outside)).toMatchObject(refusal(/not granted.*An administrator grants/));
    expect(await create(join(root, 'none'))).toMatchObject(refusal(/There is no folder .* on this server/, 400));
    expect(await create(plain, 'direct')).toMatchObject(refusal(/in the modes copy, not direct/));
    // Who may not use a folder does not learn what is there.
    for (const path of [plain, join(root, 'none'), '/etc'])
      expect(await create(path, 'copy', key)).toMatchObject(refusal(/not granted/));
    const path = `/api/v1/folder-roots/${granted?.id}`;
    expect((await call<{ data: object[] }>(server, 'GET', '/api/v1/folder-roots', undefined, key)).body.data).toEqual(
      [],
    );
    expect(await call(server, 'GET', `${path}/folders`, undefined, key)).toMatchObject({ status: 404 });
    expect(await call(server, 'PATCH', path, { roles: ['user'] })).toMatchObject({ status: 200 });
    expect(await create(plain, 'copy', key)).toMatchObject({ status: 200 });
    expect(await create(plain)).toMatchObject(refusal(/not granted/));

    // The innermost one decides.
    await mkdir(join(root, 'plain', 'private'));
    const inner = await grant(server, join(root, 'plain', 'private'), { roles: ['admin'] });
    expect(await create(join(plain, 'private'), 'copy', key)).toMatchObject(refusal(/not granted/));
    expect(await create(plain, 'copy', key)).toMatchObject(refusal(/private in it is not granted/));
    await call(server, 'DELETE', `/api/v1/folder-roots/${inner.body.id}`);
    expect(await create(plain, 'copy', key)).toMatchObject({ status: 200 });

    await mkdir(join(root, 'plain', '.git'));
    const listing = await call<FolderRootListing>(server, 'GET', `${path}/folders`, undefined, key);
    expect(listing.body).toMatchObject({ path: root, truncated: false, is_repository: false });
    expect(listing.body.folders).toContainEqual({ name: 'plain', is_repository: true });
    expect(listing.body.folders.map(({ name }) => name)).not.toContain('out');
    for (const out of ['out', '..', '/etc', '../..', 'none'])
      expect(
        await call(server, 'GET', `${path}/folders?path=${encodeURIComponent(out)}`, undefined, key),
        out,
      ).toMatchObject({ status: 404 });
    rmSync(join(root, 'plain', '.git'), { recursive: true });
    expect(statSync(plain).isDirectory()).toBe(true);
  });
});
