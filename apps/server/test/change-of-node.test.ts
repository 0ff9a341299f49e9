import { mkdir, mkdtempDisposable, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RewindResult, WorkspaceChanges, WorkspaceStateList } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startEmbeddedPostgres, startGitServer, startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import pg from 'pg';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { useModel } from './support/use-stage.ts';

const KEY = 'csp_test_a_session_that_changes_its_server';
const run = (userText: string, command: string): Scenario => ({
  match: { userText },
  reply: [useTool('Bash', { command }), say('Done.')],
});
const model = await useModel([
  run('first', 'echo one > a.txt; mkdir -p ignored; echo kept > ignored/b.txt; echo ignored > .gitignore'),
  run('second', 'echo two >> a.txt; git add a.txt; git commit -qm "By the agent"; rm README.md'),
  run('third', 'git log --format=%s -1 > log.txt; echo three >> a.txt'),
  run('merge', 'git fetch -q && git merge -q --no-edit origin/main && git log --format=%s -1 > merged.txt'),
  run('fourth', 'git log --format=%s -1 > log.txt; git status --short >> log.txt; echo four >> a.txt'),
  { match: { userText: 'fifth' }, reply: [say('Here I am.')] },
]);
const bypass = { permission_mode: 'bypassPermissions' } as const;

/** What people ask a server of one session. */
function openSession(server: TestServer, sessionId: string) {
  const ask = (path: string, body?: object) =>
    fetch(`${server.url}/api/v1/sessions/${sessionId}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    });
  const read = async <T>(path: string, body?: object) => (await (await ask(path, body)).json()) as T;
  return {
    ask,
    read,
    changes: async (query = '') =>
      (await read<WorkspaceChanges>(`/workspace/changes${query}`)).data.map(({ path, status }) => `${status} ${path}`),
    states: async () =>
      (await read<WorkspaceStateList>('/workspace/states')).data.map(({ turn, reason }) => `${turn} ${reason}`),
  };
}

// Five starts of servers and seven turns: half a minute, or two where the machine is busy.
it(
  'goes on at another server with its files, its repository and every state, by the folder that they share',
  { timeout: 360_000 },
  async () => {
    await using shared = await mkdtempDisposable(join(await findOtherDisk(), 'csp-shared-'));
    await using postgres = await startEmbeddedPostgres();
    await using git = await startGitServer();
    await git.create('web', { 'README.md': 'web\n' });
    const environment = {
      ANTHROPIC_API_KEY: 'sk-upstream',
      CLAUDE_SDK_PATTERN_DATABASE_URL: await postgres.createDatabase(),
      CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: KEY,
      CLAUDE_SDK_PATTERN_SECRETS_KEY: 'of-two-servers-that-share-a-database-and-files',
      CLAUDE_SDK_PATTERN_GIT_SERVERS: git.origin,
      CLAUDE_SDK_PATTERN_SHARED_DIR: shared.path,
    };
    const start = (more: Record<string, string> = {}) =>
      startServer({ upstreamUrl: model.url, environment: { ...environment, ...more } });
    await using first = await start();
    const through = (server: TestServer) => ({ ...server, apiKey: KEY });
    const resources = [{ type: 'git_repository', url: `${git.origin}/web.git`, mount_path: '/workspace' }];
    await using chat = await openChat(through(first), { session: { ...bypass, resources } });
    const { sessionId } = chat;
    const workspace = (name: string) => join(shared.path, 'workspaces', sessionId, name);
    const text = (name: string) => readFile(workspace(name), 'utf8');
    await chat.waitForEvent('session.resource_mounted');
    await chat.say('first');
    await chat.waitForTurns(1);
    const [second] = await chat.say('second');
    await chat.waitForTurns(2);
    const before = openSession(first, sessionId);
    expect(await before.changes()).toEqual(['added .gitignore', 'deleted README.md', 'added a.txt']);

    // Another server shows it while the first one has it, and can change nothing of it.
    await using other = await start();
    const there = openSession(other, sessionId);
    expect(await there.changes()).toEqual(await before.changes());
    expect((await there.ask('/rewind', { event_id: second?.id })).status).toBe(409);
    const put = {
      method: 'PUT',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'if-none-match': '*' },
      body: JSON.stringify({ text: 'by hand\n' }),
    };
    const putFile = (path: string) =>
      fetch(`${other.url}/api/v1/sessions/${sessionId}/workspace/file?path=${path}`, put).then(({ status }) => status);
    expect(await putFile('c.txt')).toBe(409);
    expect((await there.ask('/terminals', { columns: 80, rows: 24 })).status).toBe(409);
    const repositories = await there.read<{ data: { problem: string | null }[] }>('/workspace/git');
    expect(repositories.data.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/as soon as .* this server/),
    ]);
    expect(await text('a.txt')).toBe('one\ntwo\n');

    await first.kill();
    // As if it had been killed while it took files back: the next server makes them what they were.
    await beginRewind(environment.CLAUDE_SDK_PATTERN_DATABASE_URL, sessionId);
    await writeFile(workspace('a.txt'), 'half\n');
    await endLease(environment.CLAUDE_SDK_PATTERN_DATABASE_URL, sessionId);
    await using moved = await openChat(through(other), { sessionId });
    await moved.say('third');
    await moved.waitForTurns(3);
    await moved.waitForEvent('session.notice', ({ text: said }) => /taken back/.test(said));
    // The repository has what the agent committed, and what git ignores is there as well.
    expect(await text('log.txt')).toBe('By the agent\n');
    expect(await text('ignored/b.txt')).toBe('kept\n');
    expect(await there.changes('?from=2')).toEqual(['modified a.txt', 'added log.txt']);
    const rewound = await there.read<RewindResult>('/rewind', { event_id: second?.id });
    expect(rewound.files?.data.map(({ path, status }) => `${status} ${path}`)).toEqual([
      ...['added README.md', 'modified a.txt', 'deleted log.txt'],
    ]);
    expect(await text('a.txt')).toBe('one\n');
    const back = await there.read<RewindResult>('/rewind', { event_id: rewound.files?.event_id });
    expect(back.files?.total).toBe(3);
    expect(await text('a.txt')).toBe('one\ntwo\nthree\n');
    const both = { event_id: second?.id, conversation: true };
    expect((await there.ask('/rewind', both)).status).toBe(200);
    expect(await text('a.txt')).toBe('one\n');
    const answer = await moved.socket.request({ type: 'session.fork', session_id: sessionId });
    const fork = (answer as { result?: { session: { id: string } } }).result?.session;
    const forked = openSession(other, fork?.id ?? '');
    expect(await forked.states()).toContain('1 turn');
    expect(await putFile('c.txt')).toBe(200);

    // What only this server fetched, the other one has to lend as well.
    await git.commit('web', { 'new.txt': 'new\n' });
    await moved.say('merge');
    await moved.waitForTurns(4);
    expect(await text('new.txt')).toBe('new\n');

    // And back, in order: what the other server has recorded since is known.
    await other.stop();
    await first.restart();
    await using again = await openChat(through(first), { sessionId });
    await again.say('fourth');
    await again.waitForTurns(5);
    expect(await text('log.txt')).toMatch(/^Merge .*\n[^]* a\.txt/);
    expect(await text('a.txt')).toBe('one\nfour\n');
    const states = await before.states();
    expect(states.slice(-2)).toEqual(['4 turn', '5 turn']);
    expect(states).toEqual(expect.arrayContaining(['0 beginning', '1 turn', '2 turn', '3 turn', '3 rewind', '3 edit']));
    expect(await before.changes('?from=4')).toEqual(['modified a.txt', 'added log.txt']);
    expect(again.seqs).toEqual(again.seqs.map((_, index) => index + 1));

    // The disk is unmounted under a running server: nothing is taken, and nothing that was recorded is forgotten.
    const away = `${shared.path}-away`;
    await rename(shared.path, away);
    await mkdir(shared.path);
    await expect(again.say('fifth')).rejects.toThrow(/disk .* is not there/);
    expect((await first.fetch('/health/ready')).status).toBe(503);
    expect(await readdir(shared.path)).toEqual([]);
    await rm(shared.path, { recursive: true });
    await rename(away, shared.path);
    await again.say('fifth');
    await again.waitForTurns(6);
    expect(await before.states()).toEqual([...states, '6 turn']);

    // A disk that is not mounted is an empty folder.
    await using empty = await mkdtempDisposable(join(tmpdir(), 'csp-unmounted-'));
    await expect(start({ CLAUDE_SDK_PATTERN_SHARED_DIR: empty.path })).rejects.toThrow(/is not the folder .* share/);
    await writeFile(join(empty.path, 'place.id'), await readFile(join(shared.path, 'place.id')));
    await using last = await start({ CLAUDE_SDK_PATTERN_SHARED_DIR: empty.path });
    expect((await last.fetch('/health/ready')).status).toBe(200);
  },
);

/** As a disk that servers share is, where the machine has one that is not that of the data directories. */
async function findOtherDisk(): Promise<string> {
  const other = '/dev/shm';
  const [found, here] = await Promise.all([stat(other).catch(() => undefined), stat(tmpdir())]);
  return found === undefined || found.dev === here.dev ? tmpdir() : other;
}

/** As if the time had passed after which another server may take the session. */
async function endLease(database: string, sessionId: string): Promise<void> {
  await change(database, "update sessions set lease_expires_at = '2026-01-01T00:00:00.000Z' where id = $1", sessionId);
}

/** Adds the row that stands before a rewind. */
async function beginRewind(database: string, sessionId: string): Promise<void> {
  const columns = 'turn, state, changed_files, left_out, made_by, node_id, created_at';
  const newest = 'from workspace_states where session_id = $1 order by ordinal desc limit 1';
  const insert = `insert into workspace_states (session_id, ordinal, reason, ${columns})`;
  await change(database, `${insert} select session_id, ordinal + 1, 'before_rewind', ${columns} ${newest}`, sessionId);
}

async function change(database: string, statement: string, sessionId: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(statement, [sessionId]);
  await client.end();
}
