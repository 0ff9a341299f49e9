import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { WorkspaceChanges } from '@claude-sdk-pattern/protocol';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';

import { interleave } from '../interleave.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openPlatformChat, type PlatformChat } from '../sides/platform-chat.ts';
import { add, createTurnSeries } from './turn-series.ts';

const ROUNDS = { full: 20, quick: 5 };
const REST_MS = 500;
const QUIET_BUDGET_MS = { full: 45_000, quick: 5000 };
const FILES = 50_000;
const FOLDERS = 500;
const MANY = 100;

/** A folder that changed in the second in which git read it is read again. */
const SETTLE_MS = 3000;
const STATUS = 'status --porcelain=v2 -z --no-renames --untracked-files=all --ignore-submodules=all'.split(' ');
const run = promisify(execFile);

/** What recording the states of a workspace of 50,000 files costs beside the turns, and what it adds to the first text. */
export async function measureSnapshots({ modelUrl, quick, signal }: BenchContext): Promise<Series[]> {
  const environment = { ...NO_RATE_LIMITS, CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' };
  const off = { ...environment, CLAUDE_SDK_PATTERN_WORKSPACE_HISTORY_MB: '0' };
  await using recording = await startServer({ upstreamUrl: modelUrl, environment });
  await using silent = await startServer({ upstreamUrl: modelUrl, environment: off });
  await using chat = await openPlatformChat(recording);
  await using other = await openPlatformChat(silent);
  for (const [server, each] of [
    [recording, chat],
    [silent, other],
  ] as const) {
    await fill(server, each);
    await each.say('Where do I add an endpoint?');
  }

  const look = async (series: Series, change: (round: number) => Promise<void>, expected: number) => {
    await change(series.samples.length);
    const startedAt = performance.now();
    const path = `/api/v1/sessions/${chat.sessionId}/workspace/changes?from=0&limit=1`;
    const { total } = (await (await recording.fetch(path)).json()) as WorkspaceChanges;
    series.samples.push(performance.now() - startedAt);
    if (total !== expected) throw new Error(`${total} files differ, not ${expected}`);
  };
  const lookBare = async (series: Series) => {
    const startedAt = performance.now();
    await run('git', STATUS, bare);
    series.samples.push(performance.now() - startedAt);
  };
  const first = createSeries('snapshots.first', `the first state of ${FILES} files`);
  await look(first, async () => undefined, 0);
  // Until git has looked into every folder and may rely on it.
  await look(createSeries('warm', 'warm-up'), async () => setTimeout(SETTLE_MS), 0);
  await using copy = await copyStore(recording, chat);
  const bare = { env: { ...copy.env, PATH: process.env['PATH'] }, cwd: copy.env.GIT_WORK_TREE };
  const write = async (round: number, count: number) => {
    for (let file = 0; file < count; file += 1)
      await writeFile(toPath(recording, chat, file), `changed ${round} ${file}\n`);
  };
  const unchanged = createSeries('snapshots.unchanged', `a state of ${FILES} files, nothing changed`);
  const floor = createSeries('snapshots.bare', `git status of the same ${FILES} files with a copy of the same index`);
  const one = createSeries('snapshots.one', `a state of ${FILES} files, 1 changed`);
  const many = createSeries('snapshots.many', `a state of ${FILES} files, ${MANY} changed`);
  const pace = { rounds: quick ? ROUNDS.quick : ROUNDS.full, restMs: REST_MS, signal };
  const quietBudgetMs = quick ? QUIET_BUDGET_MS.quick : QUIET_BUDGET_MS.full;
  const both = { bare: () => lookBare(floor), unchanged: () => look(unchanged, async () => undefined, 0) };
  await interleave(both, { ...pace, quietBudgetMs });
  await interleave({ one: () => look(one, (round) => write(round, 1), 1) }, { ...pace, quietBudgetMs });
  await interleave({ many: () => look(many, (round) => write(round + 1000, MANY), MANY) }, { ...pace, quietBudgetMs });

  const without = createTurnSeries('snapshots.turn.without', `later turn, ${FILES} files, nothing recorded`);
  const within = createTurnSeries('snapshots.turn.with', `later turn, ${FILES} files, each turn recorded`);
  const contenders = {
    without: async () => add(without, await other.say('Where do I add an endpoint?')),
    within: async () => add(within, await chat.say('Where do I add an endpoint?')),
  };
  await interleave(contenders, { rounds: 2, restMs: REST_MS, signal });
  for (const series of [...without, ...within]) series.samples.length = 0;
  await interleave(contenders, { ...pace, rounds: pace.rounds * 2, quietBudgetMs });
  return [first, floor, unchanged, one, many, ...without, ...within];
}

/** A copy of the states, for a git that nothing confines. It is made when nothing has to be recorded. */
async function copyStore(server: TestServer, { sessionId }: PlatformChat) {
  const workspace = await realpath(join(server.dataDir, 'workspaces', sessionId));
  const store = await mkdtemp(join(tmpdir(), 'csp-bench-store-'));
  await cp(join(server.dataDir, 'agents', basename(workspace), 'history'), store, { recursive: true });
  const settings = { 'core.bare': 'false', 'core.untrackedCache': 'true', 'core.attributesFile': '/dev/null' };
  return {
    env: {
      ...{ GIT_DIR: store, GIT_WORK_TREE: workspace, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
      GIT_CONFIG_COUNT: String(Object.keys(settings).length),
      ...Object.fromEntries(
        Object.entries(settings).flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    },
    [Symbol.asyncDispose]: () => rm(store, { recursive: true, force: true }),
  };
}

async function fill(server: TestServer, chat: PlatformChat): Promise<void> {
  for (let folder = 0; folder < FOLDERS; folder += 1) await mkdir(toFolder(server, chat, folder), { recursive: true });
  for (let file = 0; file < FILES; file += 1)
    await writeFile(toPath(server, chat, file), `line of file ${file}\n`.repeat(8));
}

function toFolder(server: TestServer, { sessionId }: PlatformChat, folder: number): string {
  return join(server.dataDir, 'workspaces', sessionId, `d${folder % 25}`, `e${folder}`);
}

function toPath(server: TestServer, chat: PlatformChat, file: number): string {
  return join(toFolder(server, chat, file % FOLDERS), `f${file}.txt`);
}
