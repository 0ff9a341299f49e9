import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as readAsText } from 'node:stream/consumers';

import type { WorkspaceFile, WorkspaceFileList } from '@claude-sdk-pattern/protocol';
import { fastify, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';

import type { Action } from '../../access/actions.ts';
import { getPermitted } from '../../access/get-permitted.ts';
import type { Fact } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import { createSessionFiles } from '../../sessions/session-files.ts';
import type { Session } from '../../store/sessions.ts';
import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';
import { listFiles } from '../../agent-files/list-files.ts';
import { rankPaths } from '../../workspaces/rank-paths.ts';
import { MAX_READ_BYTES } from '../../agent-files/read-text.ts';
import type { DiskLimits } from '../../workspaces/judge-disk.ts';
import { createWorkspaces } from '../../workspaces/workspaces.ts';
import { workspaceChangeRoutes } from './workspace-change-routes.ts';
import { workspaceRoutes } from './workspace-routes.ts';

/** A program that every POSIX system has; Node itself makes no named pipes. */
const MAKE_PIPE = 'mkfifo';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let root: string;
let workspace: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'csp-workspace-'));
  workspace = join(root, 'workspaces', 'agent_session_1');
  await write('README.md', '# Hello\n');
  await write('src/greet.js', 'export const greet = 1;\n');
  await write('../outside.txt', 'a secret');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(workspace, path)), { recursive: true });
  await writeFile(join(workspace, path), content);
}

const NO_LIMITS: DiskLimits = { maxBytes: Infinity, maxEntries: Infinity };

/** The routes of one session of `user_1`, which `user_3` may see, asked by `userId`. */
async function openRoutes(
  userId: string | null = 'user_1',
  given: Partial<DiskLimits> = {},
  taken = { bytes: 0, entries: 0 },
) {
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  const facts: Fact[] = [];
  const assertMay = async (actor: Actor, action: Action) => {
    const level = actor.userId === 'user_1' ? null : ('view' as const);
    const found = actor.userId === 'user_2' ? undefined : { ownerId: 'user_1', level };
    return getPermitted(actor, action, { found, name: 'session sesn_1' });
  };
  admitAs(app, userId === null ? null : toTestActor(userId));
  const session = { id: 'sesn_1', agentSessionId: 'agent_session_1', archivedAt: null } as Session;
  const files = createSessionFiles({
    access: { get: async (actor, action) => ({ ...(await assertMay(actor, action)), session }) },
    audit: {
      record: async (fact) => void facts.push(fact),
      during: async (fact, work) => {
        const done = await work();
        facts.push(fact);
        return done;
      },
    },
    workspaces: createWorkspaces({ dataDir: root }),
    ...{ disk: { ...NO_LIMITS, ...given }, userDisk: { maxBytes: 1024 ** 2, maxEntries: 1000 }, placeId: 'node_1' },
    store: { diskUse: { note: async () => undefined, sumOfUser: async () => taken } },
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    assertServing: () => undefined,
  });
  const sessions = {
    files,
    async listCommands(actor: Actor) {
      await assertMay(actor, 'session.read');
      return [{ name: 'compact', description: 'Makes room', argument_hint: '', plugin: null }];
    },
  };
  await app.register(workspaceRoutes, { sessions });
  await app.register(workspaceChangeRoutes, { sessions, maxFileBytes: 1000 });
  const base = '/api/v1/sessions/sesn_1/';
  const get = (path: string, headers: Record<string, string> = {}) => app.inject({ url: `${base}${path}`, headers });
  const read = (path: string) => get(`workspace/file?path=${encodeURIComponent(path)}`);
  const change = (
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    options: Omit<InjectOptions, 'method' | 'url'> = {},
  ) => app.inject({ method, url: `${base}workspace/${path}`, ...options });
  const save = (path: string, text: string, headers: Record<string, string>) =>
    change('PUT', `file?path=${encodeURIComponent(path)}`, { headers, payload: { text } });
  const upload = (path: string, payload: string, headers: Record<string, string> = { 'if-none-match': '*' }) =>
    change('PUT', `content?path=${encodeURIComponent(path)}`, {
      ...{ payload, headers: { 'content-type': 'application/octet-stream', ...headers } },
    });
  return { get, read, change, save, upload, facts, [Symbol.asyncDispose]: () => app.close() };
}

/** The entries of an archive with their texts. */
async function unzip(bytes: Buffer): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(bytes);
  const entries = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const content = await zip.openReadStreamPromise(entry);
    entries.set(entry.fileName, await readAsText(content));
  }
  return entries;
}

const toFound = (path: string) => ({ path, kind: 'file', size_bytes: null, modified_at: null });

describe('the workspace of a session', () => {
  it('lists its files, without links, .git and node_modules', async () => {
    await write('.git/config', '');
    await write('node_modules/a/index.js', '');
    await write('.github/ci.yaml', '');
    await symlink(root, join(workspace, 'up'));
    await symlink('../outside.txt', join(workspace, 'linked.txt'));
    await using routes = await openRoutes();
    const list = (await routes.get('workspace/files')).json<WorkspaceFileList>();
    expect(list).toEqual({
      data: ['README.md', '.github/ci.yaml', 'src/greet.js'].map(toFound),
      ...{ truncated: false, next_page: null },
    });
    const found = (await routes.get('workspace/files?query=greet&limit=1')).json<WorkspaceFileList>();
    expect(found).toEqual({ data: [toFound('src/greet.js')], truncated: false, next_page: null });
  });

  it('is empty before there is a folder', async () => {
    await rm(workspace, { recursive: true });
    await using routes = await openRoutes();
    for (const path of ['workspace/files', 'workspace/files?folder=', 'outputs']) {
      expect((await routes.get(path)).json()).toEqual({ data: [], truncated: false, next_page: null });
    }
    expect((await routes.read('README.md')).statusCode).toBe(404);
  });

  it('gives a file’s text, and says when it is cut or no text', async () => {
    await write('long.txt', `${'a'.repeat(MAX_READ_BYTES - 1)}äöü`);
    await write('picture.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x00));
    await using routes = await openRoutes();
    expect((await routes.read('src/greet.js')).json()).toMatchObject({
      type: 'workspace_file',
      path: 'src/greet.js',
      size_bytes: 24,
      text: 'export const greet = 1;\n',
      truncated: false,
    });
    const long = (await routes.read('long.txt')).json<WorkspaceFile>();
    expect(long).toMatchObject({ truncated: true, text: 'a'.repeat(MAX_READ_BYTES - 1) });
    expect((await routes.read('picture.png')).json()).toMatchObject({ text: null, size_bytes: 5 });
  });

  it('gives nothing that is not a file in it, whatever the path', async () => {
    await symlink('../outside.txt', join(workspace, 'linked.txt'));
    await symlink(root, join(workspace, 'up'));
    await symlink('src/greet.js', join(workspace, 'inside.js'));
    execFileSync(MAKE_PIPE, [join(workspace, 'pipe')]);
    await using routes = await openRoutes();
    const tries = [
      '../outside.txt',
      join(root, 'outside.txt'),
      'linked.txt',
      'up/outside.txt',
      '/etc/passwd',
      'src',
      '.',
    ];
    for (const path of [...tries, 'pipe', 'none', 'src/../../outside.txt', 'a\0b', 'README.md/x']) {
      expect((await routes.read(path)).statusCode, path).toBe(404);
    }
    expect((await routes.read('inside.js')).json()).toMatchObject({ path: 'src/greet.js' });
    expect((await routes.read(join(workspace, 'README.md'))).statusCode).toBe(200);
  });

  it('is for who may see the session, as is the list of commands', async () => {
    await using others = await openRoutes('user_2');
    await using nobody = await openRoutes(null);
    await using owner = await openRoutes();
    await using guest = await openRoutes('user_3');
    const paths = [
      'files',
      'files?folder=src',
      'file?path=README.md',
      'content?path=README.md',
      'stamps?path=',
      'archive',
    ];
    for (const path of [...paths.map((each) => `workspace/${each}`), 'outputs', 'commands']) {
      expect((await others.get(path)).statusCode, path).toBe(404);
      expect((await nobody.get(path)).statusCode, path).toBe(401);
      expect((await owner.get(path)).statusCode, path).toBe(200);
      expect((await guest.get(path)).statusCode, path).toBe(200);
    }
  });
});

describe('a folder', () => {
  it('is listed page by page, folders first, with what each entry is', async () => {
    await write('b.txt', '12345');
    await symlink('/etc/passwd', join(workspace, 'link'));
    execFileSync(MAKE_PIPE, [join(workspace, 'pipe')]);
    await writeFile(Buffer.concat([Buffer.from(`${workspace}/`), Buffer.of(0xff, 0xfe)]), '');
    await using routes = await openRoutes();
    const seen: [string, string, number | null][] = [];
    let page = '';
    do {
      const list = (await routes.get(`workspace/files?folder=&limit=2${page}`)).json<WorkspaceFileList>();
      seen.push(...list.data.map(({ path, kind, size_bytes }) => [path, kind, size_bytes] as [string, string, number]));
      page = list.next_page === null ? '' : `&page=${list.next_page}`;
    } while (page !== '');
    expect(seen).toEqual([
      ['src', 'folder', null],
      ['README.md', 'file', 8],
      ['b.txt', 'file', 5],
      ['link', 'link', null],
      ['pipe', 'other', null],
      ['\ufffd\ufffd', 'other', null],
    ]);
    const inner = (await routes.get('workspace/files?folder=src')).json<WorkspaceFileList>();
    expect(inner.data).toMatchObject([{ path: 'src/greet.js', kind: 'file', size_bytes: 24 }]);
    for (const path of ['..', 'link', 'pipe', 'README.md', 'none', root])
      expect((await routes.get(`workspace/files?folder=${path}`)).statusCode, path).toBe(404);
    expect((await routes.get('workspace/files?folder=&page=x')).statusCode).toBe(400);
  });

  it('has a stamp that differs after a change', async () => {
    await using routes = await openRoutes();
    const url = 'workspace/stamps?path=src&path=src/greet.js&path=none&path=../outside.txt';
    const stamp = async () => (await routes.get(url)).json<{ data: { stamp: string | null }[] }>().data;
    const before = await stamp();
    await write('src/new.js', '');
    await write('src/greet.js', 'longer than before it was');
    const after = await stamp();
    expect(before.map(({ stamp: each }, index) => each === after[index]?.stamp)).toEqual([false, false, true, true]);
    expect(after.slice(2)).toMatchObject([{ stamp: null }, { stamp: null }]);
  });

  it('is packed without what is no file, and what is left out is named', async () => {
    await write('outputs/deep/chart.txt', 'x'.repeat(300_000));
    await mkdir(join(workspace, 'empty'));
    await write('with\\backslash', 'b');
    await symlink('/etc/passwd', join(workspace, 'link'));
    execFileSync(MAKE_PIPE, [join(workspace, 'pipe')]);
    await using routes = await openRoutes();
    const answer = await routes.get('workspace/archive');
    expect(answer.headers['content-type']).toBe('application/zip');
    const unpacked = await unzip(answer.rawPayload);
    expect([...unpacked.keys()].toSorted()).toEqual([
      ...['LEFT OUT of this archive.txt', 'README.md', 'empty/', 'outputs/deep/chart.txt', 'src/greet.js'],
      'with_backslash',
    ]);
    expect(unpacked.get('outputs/deep/chart.txt')).toBe('x'.repeat(300_000));
    expect(unpacked.get('LEFT OUT of this archive.txt')?.split('\n').slice(2).toSorted()).toEqual(['', 'link', 'pipe']);
    expect([...(await unzip((await routes.get('workspace/archive?folder=src')).rawPayload)).keys()]).toEqual([
      'greet.js',
    ]);
    expect((await routes.get('workspace/archive?folder=..')).statusCode).toBe(404);
    const outputs = (await routes.get('outputs')).json<WorkspaceFileList>();
    expect(outputs.data.map(({ path }) => path)).toEqual(['outputs/deep/chart.txt']);
    expect(routes.facts.map(({ action, details }) => [action, details])).toEqual([
      ['session.download_files', { path: '' }],
      ['session.download_files', { path: 'src' }],
    ]);
    // Nobody takes all places; they are free again when an archive was read.
    const download = async () => (await routes.get('workspace/archive')).statusCode;
    const together = await Promise.all([download(), download(), download()]);
    expect(together.toSorted()).toEqual([200, 200, 529]);
    expect(await download()).toBe(200);
  });
});

describe('the content of a file', () => {
  it('is shown where it is an image, and runs nowhere', async () => {
    await write(
      'a.png',
      Uint8Array.from(atob(PNG), (letter) => letter.charCodeAt(0)),
    );
    await write('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    await write('page.png', '<script>1</script>');
    await using routes = await openRoutes();
    const look = async (path: string) => {
      const { headers } = await routes.get(`workspace/content?path=${path}`);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
      expect(headers['content-security-policy']).toContain("sandbox; default-src 'none'");
      return [headers['content-type'], String(headers['content-disposition']).split(';')[0]];
    };
    expect(await look('a.png')).toEqual(['image/png', 'inline']);
    expect(await look('a.svg')).toEqual(['image/svg+xml', 'inline']);
    expect(await look('page.png')).toEqual(['application/octet-stream', 'attachment']);
    expect(await look('README.md')).toEqual(['application/octet-stream', 'attachment']);
    expect((await routes.get('workspace/content?path=../outside.txt')).statusCode).toBe(404);
  });

  it('is sent in ranges, and not again to who has it', async () => {
    await using routes = await openRoutes();
    const get = (range: string, more = {}) => routes.get('workspace/content?path=README.md', { range, ...more });
    const whole = await routes.get('workspace/content?path=README.md');
    expect([whole.statusCode, whole.body, whole.headers['content-length']]).toEqual([200, '# Hello\n', '8']);
    const etag = String(whole.headers.etag);
    const ranges = ['bytes=2-4', 'bytes=-3', 'bytes=5-', 'bytes=90-', 'bytes=0-1,3-4'];
    const answers = await Promise.all(ranges.map((range) => get(range)));
    expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual([
      ...[
        [206, 'Hel'],
        [206, 'lo\n'],
        [206, 'lo\n'],
        [200, '# Hello\n'],
      ],
      [200, '# Hello\n'],
    ]);
    expect(answers[0]?.headers['content-range']).toBe('bytes 2-4/8');
    expect((await get('bytes=2-4', { 'if-range': '"other"' })).statusCode).toBe(200);
    expect((await routes.get('workspace/content?path=README.md', { 'if-none-match': etag })).statusCode).toBe(304);
    const file = await routes.read('README.md');
    const headers = { 'if-none-match': String(file.headers.etag) };
    expect((await routes.get('workspace/file?path=README.md', headers)).statusCode).toBe(304);
  });
});

describe('a file that a person writes', () => {
  const exists = { 'if-none-match': '*' };

  it('replaces only the version that the person has read', async () => {
    await chmod(join(workspace, 'README.md'), 0o755);
    await using routes = await openRoutes();
    const { version } = (await routes.read('README.md')).json<WorkspaceFile>();
    const first = await routes.save('README.md', 'mine', { 'if-match': `"${version}"` });
    expect(first.json()).toMatchObject({ path: 'README.md', size_bytes: 4 });
    expect((await stat(join(workspace, 'README.md'))).mode & 0o777).toBe(0o755);
    await write('README.md', 'of the agent');
    const second = await routes.save('README.md', 'mine again', { 'if-match': String(first.headers.etag) });
    expect(second.statusCode).toBe(412);
    const { version: present } = (await routes.read('README.md')).json<WorkspaceFile>();
    expect(second.json()).toMatchObject({ error: { details: { code: 'version_conflict', version: present } } });
    expect((await routes.save('README.md', 'new', exists)).statusCode).toBe(412);
    expect((await routes.save('README.md', 'new', {})).statusCode).toBe(400);
    expect((await routes.save('gone.md', 'new', { 'if-match': '"x"' })).json()).toMatchObject({
      error: { details: { version: null } },
    });
    expect(await readFile(join(workspace, 'README.md'), 'utf8')).toBe('of the agent');
    expect(await readdir(workspace)).toEqual(['README.md', 'src']);
    expect(routes.facts).toMatchObject([
      {
        action: 'session.change_files',
        actor: { id: 'user_1' },
        details: { change: 'write', path: 'README.md', bytes: 4 },
      },
    ]);
  });

  it('keeps one of two that write the same version at once', async () => {
    await using routes = await openRoutes();
    const { version } = (await routes.read('README.md')).json<WorkspaceFile>();
    const texts = Array.from({ length: 8 }, (_, index) => `text ${index}`);
    const replace = (text: string) => routes.save('README.md', text, { 'if-match': `"${version}"` });
    const statuses = (await Promise.all(texts.map(replace))).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    const made = await Promise.all(texts.map((text) => routes.upload('new.txt', text)));
    expect(made.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  });

  it('is never outside, whatever the path', async () => {
    await symlink('../outside.txt', join(workspace, 'linked.txt'));
    await symlink('../nothing.txt', join(workspace, 'dangling.txt'));
    await symlink(root, join(workspace, 'up'));
    await symlink('src/greet.js', join(workspace, 'inside.js'));
    execFileSync(MAKE_PIPE, [join(workspace, 'pipe')]);
    await using routes = await openRoutes();
    for (const path of [
      '../x',
      'linked.txt',
      'dangling.txt',
      'up/x',
      '/etc/x',
      '.',
      'none/x',
      'a\0b',
      'README.md/x',
      'pipe',
      'src',
      'n'.repeat(300),
    ]) {
      const answer = await routes.upload(path, 'text');
      expect([400, 404, 409], path).toContain(answer.statusCode);
      expect([404, 409, 412], path).toContain((await routes.save(path, 'text', { 'if-match': '"x"' })).statusCode);
      expect([400, 404, 409], path).toContain(
        (await routes.change('POST', 'move', { payload: { from: 'README.md', to: path } })).statusCode,
      );
    }
    expect(await readFile(join(root, 'workspaces', 'outside.txt'), 'utf8')).toBe('a secret');
    expect(await readdir(root)).toEqual(['agents', 'workspaces']);
    const { version } = (await routes.read('inside.js')).json<WorkspaceFile>();
    expect((await routes.save('inside.js', 'new', { 'if-match': `"${version}"` })).json()).toMatchObject({
      path: 'src/greet.js',
    });
  });

  it('may be no larger than allowed, and leaves nothing behind', async () => {
    await using routes = await openRoutes();
    expect((await routes.upload('big.bin', 'x'.repeat(1001))).statusCode).toBe(413);
    expect((await routes.upload('src/fits.bin', 'x'.repeat(1000))).json()).toMatchObject({ size_bytes: 1000 });
    await using full = await openRoutes('user_1', { maxBytes: 1024 });
    await using many = await openRoutes('user_1', { maxEntries: 3 });
    await using much = await openRoutes('user_1', {}, { bytes: 1024 ** 2, entries: 1 });
    await using countless = await openRoutes('user_1', {}, { bytes: 0, entries: 1000 });
    for (const [limited, text] of [
      [full, /files of this session take \d+ of 1 MB/],
      [many, /files and folders of this session are \d+ of 3,/],
      [much, /files of all sessions of this session's owner take 1 of 1 MB/],
      [countless, /files and folders of all sessions of this session's owner are 1000 of 1000,.*Delete some first/],
    ] as const)
      expect((await limited.upload('small.bin', 'x')).json()).toMatchObject({
        error: { details: { code: 'quota_exceeded' }, message: expect.stringMatching(text) },
      });
    expect(await readdir(workspace)).toEqual(['README.md', 'src']);
  });

  it('is moved to no taken name, and deleted without following links', async () => {
    await write('dir/a.txt', '');
    await mkdir(join(root, 'outside'));
    await writeFile(join(root, 'outside', 'kept.txt'), '');
    await symlink(join(root, 'outside'), join(workspace, 'dir', 'link'));
    await using routes = await openRoutes();
    const move = async (from: string, to: string) =>
      (await routes.change('POST', 'move', { payload: { from, to } })).statusCode;
    expect(await move('README.md', 'src/greet.js')).toBe(409);
    expect(await move('dir', 'src')).toBe(409);
    expect(await move('dir', 'dir/in')).toBe(409);
    expect(await move('none', 'x')).toBe(404);
    expect(await move('README.md', 'src/read.md')).toBe(200);
    expect((await routes.change('POST', 'folders', { payload: { path: 'made' } })).statusCode).toBe(201);
    expect((await routes.change('POST', 'folders', { payload: { path: 'made' } })).statusCode).toBe(409);
    const remove = async (path: string) => (await routes.change('DELETE', `file?path=${path}`)).statusCode;
    expect([await remove('dir'), await remove('dir'), await remove('..'), await remove('.')]).toEqual([
      204, 404, 404, 404,
    ]);
    expect(await readdir(workspace)).toEqual(['made', 'src']);
    expect(await readdir(join(root, 'outside'))).toEqual(['kept.txt']);
  });

  it('is refused for who may only look', async () => {
    await using guest = await openRoutes('user_3');
    const tried = [
      await guest.save('README.md', 'x', exists),
      await guest.upload('x', 'x'),
      await guest.change('DELETE', 'file?path=README.md'),
      await guest.change('POST', 'move', { payload: { from: 'README.md', to: 'x' } }),
      await guest.change('POST', 'folders', { payload: { path: 'x' } }),
    ];
    expect(tried.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
    expect(await readdir(workspace)).toEqual(['README.md', 'src']);
  });
});

describe('listing', () => {
  it('ends when its time is up', async () => {
    let time = 0;
    expect(await listFiles(workspace, () => (time += 600))).toEqual({ paths: ['README.md'], truncated: true });
  });

  it('goes down sixteen levels', async () => {
    await write(`${'d/'.repeat(15)}in.txt`, '');
    await write(`${'d/'.repeat(16)}too-deep.txt`, '');
    const { paths, truncated } = await listFiles(workspace);
    expect(paths.filter((path) => path.endsWith('.txt'))).toEqual([`${'d/'.repeat(15)}in.txt`]);
    expect(truncated).toBe(true);
  });
});

describe('the best match', () => {
  it('is a name, then its beginning, then a part of it, then of the path, then its letters', () => {
    const paths = ['test/app/x.ts', 'a/p/p', 'src/my-app.ts', 'src/app.ts', 'app', 'lib/App'];
    expect(rankPaths(paths, 'app')).toEqual([
      'app',
      'lib/App',
      'src/app.ts',
      'src/my-app.ts',
      'test/app/x.ts',
      'a/p/p',
    ]);
    expect(rankPaths(paths, 'zzz')).toEqual([]);
    expect(rankPaths(paths, '')).toEqual(paths);
  });
});
