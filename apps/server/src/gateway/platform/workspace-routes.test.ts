import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { CspError, type WorkspaceFile, type WorkspaceFileList } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';
import { listFiles } from '../../agent-files/list-files.ts';
import { rankPaths } from '../../workspaces/rank-paths.ts';
import { MAX_READ_BYTES } from '../../agent-files/read-text.ts';
import { createWorkspaces } from '../../workspaces/workspaces.ts';
import { workspaceRoutes } from './workspace-routes.ts';

/** A program that every POSIX system has; Node itself makes no named pipes. */
const MAKE_PIPE = 'mkfifo';

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

/** The routes of one session of `user_1`, asked by `userId`. */
async function openRoutes(userId: string | null = 'user_1') {
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  const assertOwner = (actor: { userId: string }) => {
    if (actor.userId !== 'user_1') throw new CspError('not_found', 'There is no such session');
  };
  admitAs(app, userId === null ? null : toTestActor(userId));
  await app.register(workspaceRoutes, {
    sessions: {
      async findWorkspace(actor) {
        assertOwner(actor);
        return createWorkspaces({ dataDir: root }).of('agent_session_1');
      },
      async listCommands(actor) {
        assertOwner(actor);
        return [{ name: 'compact', description: 'Makes room', argument_hint: '', plugin: null }];
      },
    },
  });
  const get = (path: string) => app.inject({ url: `/api/v1/sessions/sesn_1/${path}` });
  const read = (path: string) => get(`workspace/file?path=${encodeURIComponent(path)}`);
  return { get, read, [Symbol.asyncDispose]: () => app.close() };
}

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
      data: [{ path: 'README.md' }, { path: '.github/ci.yaml' }, { path: 'src/greet.js' }],
      truncated: false,
    });
    const found = (await routes.get('workspace/files?query=greet&limit=1')).json<WorkspaceFileList>();
    expect(found).toEqual({ data: [{ path: 'src/greet.js' }], truncated: false });
  });

  it('is empty before there is a folder', async () => {
    await rm(workspace, { recursive: true });
    await using routes = await openRoutes();
    expect((await routes.get('workspace/files')).json()).toEqual({ data: [], truncated: false });
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

  it('is for its owner only, as is the list of commands', async () => {
    await using others = await openRoutes('user_2');
    await using nobody = await openRoutes(null);
    await using owner = await openRoutes();
    for (const path of ['workspace/files', 'workspace/file?path=README.md', 'commands']) {
      expect((await others.get(path)).statusCode, path).toBe(404);
      expect((await nobody.get(path)).statusCode, path).toBe(401);
      expect((await owner.get(path)).statusCode, path).toBe(200);
    }
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
