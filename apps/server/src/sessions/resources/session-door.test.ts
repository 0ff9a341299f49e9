import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir, startGitServer } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { expect, it } from 'vitest';

import type { Fact } from '../../audit/fact.ts';
import type { HandPush } from '../../model-gateway/session-tokens.ts';
import type { Session } from '../../store/sessions.ts';
import { createHttpRemotes } from '../../workspaces/repositories/ask-over-http.ts';
import { createSessionDoor } from './session-door.ts';

it('lets no session keep more than a few requests of git under way', async () => {
  const url = 'https://git.example/a/b';
  const resource = { id: 'sesrsc_1', type: 'git_repository', url } as unknown as Session['resources'][number];
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const door = createSessionDoor({
    findSession: async (id) => ({ id, ownerId: 'user_1', agentId: 'agent_1', resources: [resource] }) as Session,
    credentials: { find: async () => undefined } as unknown as Parameters<typeof createSessionDoor>[0]['credentials'],
    // A git server that does not answer.
    ask: (_remote, _request, { signal }) => {
      if ((count += 1) === 6) asked.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    },
    audit: { record: async () => undefined },
    logger: pino({ level: 'silent' }),
  });
  const server = createServer((request, response) => {
    void door.serve(request, response, { sessionId: String(request.headers['x-session']) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = new AbortController();
  const send = (session: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/git/https/git.example/a/b/info/refs?service=git-upload-pack`, {
      headers: { 'x-session': session },
      ...(signal && { signal }),
    });
  const held = Array.from({ length: 6 }, () => send('sesn_1', cut.signal).catch(() => undefined));
  await asked.promise;
  const refused = await send('sesn_1');
  expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('Wait for one of them')]);
  // Others have their own, and what is cut makes room.
  const other = send('sesn_2', cut.signal).catch(() => undefined);
  await expect.poll(() => count).toBe(7);
  cut.abort();
  await Promise.all([...held, other]);
  const again = new AbortController();
  await expect
    .poll(() => {
      void send('sesn_1', again.signal).catch(() => undefined);
      return count;
    })
    .toBeGreaterThan(7);
  again.abort();
  server.closeAllConnections();
  server.close();
});

it('lets an agent move branches and tags, and a person push what they asked for, and nothing else', async () => {
  await using git = await startGitServer();
  await using dir = await createWorkspaceDir();
  const first = await git.create('pushed', { 'a.txt': 'one\n' });
  await git.create('other', { 'a.txt': 'one\n' });
  const remotes = createHttpRemotes({ allowedServers: [git.origin] });
  const facts: Fact[] = [];
  const resources = ['pushed', 'other'].map((name) => ({
    ...{ id: `sesrsc_${name}`, type: 'git_repository', url: `${git.origin}/${name}.git` },
  })) as unknown as Session['resources'];
  const door = createSessionDoor({
    findSession: async (id) => ({ id, ownerId: 'user_1', agentId: 'agent_1', resources }) as Session,
    credentials: { find: async () => undefined } as unknown as Parameters<typeof createSessionDoor>[0]['credentials'],
    ask: remotes.ask,
    audit: { record: async (fact) => void facts.push(fact) },
    logger: pino({ level: 'silent' }),
  });
  let handPush: HandPush | undefined;
  const server = createServer((request, response) => {
    void door.serve(request, response, { sessionId: 'sesn_1', handPush });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = (name: string) => `http://127.0.0.1:${port}/git/${git.origin.replace('://', '/')}/${name}.git`;
  const tree = join(dir.path, 'tree');
  /** What git says, in one text. */
  const run = (...args: string[]) =>
    promisify(execFile)('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: dir.path,
    }).then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ stderr }: { stderr: string }) => `FAILED ${stderr}`,
    );
  const push = (...refs: string[]) => run('-C', tree, 'push', ...refs.slice(0, 1), url('pushed'), ...refs.slice(1));
  const refs = async () => (await git.git('pushed', 'for-each-ref', '--format=%(refname) %(objectname)')).split('\n');
  try {
    await run('clone', '-q', url('pushed'), tree);
    await run('-C', tree, 'commit', '-q', '--allow-empty', '-m', 'Second');
    const second = (await run('-C', tree, 'rev-parse', 'HEAD')).trim();
    const fetched = () => facts.map(({ action, target: { id } }) => `${action} ${id}`);
    expect(fetched()).toEqual([`repository.fetch ${git.origin}/pushed.git`]);
    const headers = { 'git-protocol': 'version=2', 'content-type': 'application/x-git-upload-pack-request' };
    // A program that is no git asks without the list of refs before.
    const ask = { method: 'POST', headers, body: '0014command=ls-refs\n0000' };
    for (const _ of [1, 2]) expect(await (await fetch(`${url('other')}/git-upload-pack`, ask)).text()).toMatch(/main/);
    expect(fetched().slice(1)).toEqual([`repository.fetch ${git.origin}/other.git`]);
    facts.length = 0;

    expect(await push('-q', 'HEAD:refs/heads/topic', 'HEAD:refs/tags/v1')).toBe('');
    expect(facts.at(-1)).toMatchObject({
      ...{ actor: { type: 'agent' }, action: 'repository.push' },
      details: { refs: [`refs/heads/topic ${second}`, `refs/tags/v1 ${second}`] },
    });
    expect(await push('-q', 'HEAD:refs/meta/config', 'HEAD:refs/heads/more')).toMatch(
      /\[remote rejected\].*a session pushes branches and tags/,
    );
    expect(await push('-q', ':refs/heads/topic')).toMatch(/a session removes no refs/);
    expect(facts.at(-1)).toMatchObject({ outcome: 'deny', details: { refs: ['refs/heads/topic removed'] } });
    const before = [`refs/heads/main ${first}`, `refs/heads/topic ${second}`, `refs/tags/v1 ${second}`];
    expect(await refs()).toEqual(before);

    handPush = { userId: 'user_2', resourceId: 'sesrsc_pushed', ref: 'refs/heads/by-hand', id: second };
    const wrong = [
      ['-f', 'HEAD:refs/heads/main'],
      ['-q', 'HEAD:refs/heads/by-hand', 'HEAD:refs/heads/main'],
      ['-q', `${first}:refs/heads/by-hand`],
    ];
    for (const each of wrong) expect(await push(...each)).toMatch(/only refs\/heads\/by-hand at/);
    expect(facts.at(-1)).toMatchObject({ actor: { type: 'user', id: 'user_2' }, outcome: 'deny' });
    expect(await run('-C', tree, 'fetch', url('pushed'))).toMatch(/403|no repository of this session/);
    expect(await run('-C', tree, 'push', url('other'), 'HEAD:refs/heads/by-hand')).toMatch(
      /403|no repository of this session/,
    );
    expect(await refs()).toEqual(before);
    expect(await push('-q', 'HEAD:refs/heads/by-hand')).toBe('');
    expect(await refs()).toContain(`refs/heads/by-hand ${second}`);
    expect(facts.at(-1)?.outcome).toBeUndefined();
  } finally {
    server.closeAllConnections();
    server.close();
    await remotes.close();
  }
});
