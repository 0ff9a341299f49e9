import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startGitServer, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';

import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import { makeRepository } from './make-repository.ts';

const run = promisify(execFile);
const FULL = { files: 50_000, bytes: 1024 ** 3 };
const QUICK = { files: 5000, bytes: 100 * 1024 ** 2 };
const ROUNDS = 3;
const WAIT_MS = 10 * 60 * 1000;
const INTRO =
  'Sessions open a repository of a git server on this machine (`git http-backend`), beside `git clone --local` and `git worktree add` of a bare ' +
  'copy on the same disk. A session is ready when its files are in the workspace, counted from the request that makes it.';

/** How long sessions take to open one repository, and what they take on disk. */
export async function benchRepositories({
  quick,
  out,
}: {
  quick: boolean;
  out: string;
}): Promise<{ found: Judged; path: string }> {
  const size = quick ? QUICK : FULL;
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'csp-repositories-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const git = stack.use(await startGitServer());
  await git.create('large', { 'README.md': 'Large\n' });
  const bare = join(git.dir, 'large.git');
  await run('git', ['-C', bare, 'update-ref', '-d', 'refs/heads/main']);
  await makeRepository(bare, size);
  const server = stack.use(
    await startServer({
      environment: { CLAUDE_SDK_PATTERN_GIT_SERVERS: git.origin, CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '2' },
    }),
  );
  const url = `${git.origin}/large.git`;
  const time = async (work: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await work();
    return performance.now() - startedMs;
  };
  const rows: string[][] = [];
  const note = (what: string, ms: number) => {
    console.log(`${what}: ${Math.round(ms)} ms`);
    rows.push([what, Math.round(ms).toString()]);
    return ms;
  };

  const first = await openSession(server, url);
  note('the first session, with the fetch', first.ms);
  const [prepared, again, clones, trees]: number[][] = [[], [], [], []];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await waitForReadyTree(server.dataDir, size.files);
    const opened = await openSession(server, url);
    prepared?.push(note('the next session, with a work tree that was prepared', opened.ms));
    const next = await openSession(server, url);
    again?.push(note('one right after it, without one', next.mountMs));
    bytes = await measure(join(server.dataDir, 'workspaces', opened.agentSessionId));
    for (const { id } of [opened, next]) await server.fetch(`/v1/sessions/${id}`, { method: 'DELETE' });
    await waitForReadyTree(server.dataDir, size.files);
    const at = (name: string) => join(dir, `${name}-${round}`);
    clones?.push(
      note('git clone --local', await time(() => run('git', ['clone', '-q', '--local', bare, at('clone')]))),
    );
    trees?.push(
      note(
        'git worktree add',
        await time(() => run('git', ['-C', bare, 'worktree', 'add', '-q', '--detach', at('tree'), 'main'])),
      ),
    );
    await Promise.all(['clone', 'tree'].map((name) => rm(at(name), { recursive: true, force: true })));
    await run('git', ['-C', bare, 'worktree', 'prune']);
  }
  const of = (values: number[] | undefined) =>
    (values ?? []).toSorted((a, b) => a - b)[Math.floor((values ?? []).length / 2)] ?? Number.NaN;
  const found: Judged = {
    ...{ problems: [], series: [] },
    facts: [
      {
        id: 'repositories.ready',
        label: 'Next session ready, with a prepared work tree',
        value: of(prepared),
        unit: 'ms',
        atMost: 500,
      },
      {
        id: 'repositories.clone',
        label: 'Its share of git clone --local',
        value: of(prepared) / of(clones),
        unit: '×',
        atMost: 0.1,
      },
      {
        id: 'repositories.worktree',
        label: 'Without one, of git worktree add',
        value: of(again) / of(trees),
        unit: '×',
        atMost: 1.2,
      },
      {
        id: 'repositories.disk',
        label: 'Disk of a session, of the files that are checked out',
        value: bytes / size.bytes,
        unit: '×',
        atMost: 1.25,
      },
    ],
    tables: [{ title: `${size.files} files, ${Math.round(size.bytes / 1024 ** 2)} MB`, columns: ['what', 'ms'], rows }],
  };
  return {
    found,
    path: await writeJudgedReport(out, { name: 'repositories', title: 'Repositories', intro: INTRO, found }),
  };
}

async function openSession(server: TestServer, url: string) {
  const startedMs = performance.now();
  const created = await server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resources: [{ type: 'git_repository', url, mount_path: '/workspace' }] }),
  });
  const { id } = (await created.json()) as { id: string };
  const resources = async () => {
    const answer = await server.fetch(`/v1/sessions/${id}/resources`);
    return ((await answer.json()) as { data: { state: string; problem: string | null }[] }).data[0];
  };
  await until('the repository is open', async () => (await resources())?.state !== 'pending', WAIT_MS);
  const ms = performance.now() - startedMs;
  const problem = (await resources())?.problem;
  if (problem != null) throw new Error(problem);
  const events = await server.fetch(`/v1/sessions/${id}/events?extensions=true&limit=100`);
  const { data } = (await events.json()) as { data: { type: string; duration_ms?: number }[] };
  const mountMs = data.find(({ type }) => type === 'session.resource_mounted')?.duration_ms ?? Number.NaN;
  const { stdout } = await run('readlink', [join(server.dataDir, 'workspaces', id)]);
  return { id, ms, mountMs, agentSessionId: stdout.trim() };
}

/** A work tree that has its last file and its index, which git writes at the end. */
async function waitForReadyTree(dataDir: string, files: number): Promise<void> {
  const last = `folder-${Math.floor((files - 1) / 100)}/file-${files - 1}.bin`;
  const there = async () => {
    const { stdout } = await run('sh', [
      '-c',
      `ls -d ${join(dataDir, 'repositories')}/*/trees/*/.git/index ${join(dataDir, 'repositories')}/*/trees/*/${last} 2>/dev/null || true`,
    ]);
    return stdout.trim().split('\n').length === 2;
  };
  await until('a work tree is prepared', there, WAIT_MS);
  // The server hears of the end of git a moment later.
  await new Promise((resolve) => setTimeout(resolve, 500));
}

async function measure(path: string): Promise<number> {
  const { stdout } = await run('du', ['-sk', path]);
  return Number(stdout.split('\t')[0]) * 1024;
}
