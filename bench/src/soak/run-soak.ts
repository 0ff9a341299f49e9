import { join } from 'node:path';

import { createClient } from '@claude-sdk-pattern/client';
import { listProcesses, startServer, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { startPart } from '../parts/start-part.ts';
import { createRandom } from '../random.ts';
import { createUsers } from './create-users.ts';
import { pause } from './pause.ts';
import { createTally, type Tally } from './tally.ts';
import { toSoakFindings } from './to-soak-findings.ts';
import { makeTrouble } from './troublemaker.ts';
import { visit } from './visitor.ts';
import { list, watchServer } from './watch-server.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

export interface SoakOptions {
  minutes: number;
  /** The same seed gives the same actions; their timing depends on the machine. */
  seed: number;
  /** Ends the soak early: everything is still checked and reported. */
  signal: AbortSignal;
}

const USERS = 3;
const VISITORS_PER_USER = 2;
const IDLE_TIMEOUT_SECONDS = 8;
const TROUBLE_INTERVAL_MS = { least: 3000, most: 10_000 };
/** Fewer places than visitors and spares, little memory, and short waits. */
const ENVIRONMENT = {
  ...NO_RATE_LIMITS,
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '5',
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '2',
  CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB: '500',
  CLAUDE_SDK_PATTERN_SESSION_IDLE_TIMEOUT_SECONDS: String(IDLE_TIMEOUT_SECONDS),
  CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '2',
  CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn',
};
const PROGRESS_INTERVAL_MS = 60_000;

/** What is left on the machine after the server has stopped and every session is deleted. */
export interface Leftovers {
  processes: string[];
  agentFolders: string[];
  workspaces: string[];
  tempFiles: string[];
}

/** Messages, tools, interrupts, hibernation, memory limits and killed processes at random, with the findings. */
export async function runSoak({ minutes, seed, signal }: SoakOptions): Promise<Findings & { problems: string[] }> {
  await using model = await startPart<{ url: string }>('serve-recalling-model.ts');
  await using server = await startServer({ upstreamUrl: model.ready.url, environment: ENVIRONMENT });
  const tally = createTally();
  using watch = watchServer(server);
  const startedAt = Date.now();
  await talk(server, { minutes, seed, signal, tally });
  await server.stop();
  await waitUntilGone(server.dataDir).catch(() => undefined);
  const leftovers: Leftovers = {
    processes: (await listProcesses(server.dataDir)).map(({ pid, command }) => `${pid} ${command}`),
    agentFolders: await list(join(server.dataDir, 'agents')),
    workspaces: await list(join(server.dataDir, 'workspaces')),
    tempFiles: await list(join(server.dataDir, 'tmp')),
  };
  const ran = { minutes: (Date.now() - startedAt) / 60_000, seed };
  return toSoakFindings({ ran, counts: tally.counts, problems: tally.problems, samples: watch.samples, leftovers });
}

async function talk(
  server: TestServer,
  { minutes, seed, signal, tally }: SoakOptions & { tally: Tally },
): Promise<void> {
  const users = await createUsers(server, USERS);
  await using clients = new AsyncDisposableStack();
  const ending = new AbortController();
  const visitors = users.flatMap(({ apiKey }, user) => {
    const open = () => clients.use(createClient({ url: server.url, apiKey }));
    const pair = { talking: open(), reading: open() };
    return Array.from({ length: VISITORS_PER_USER }, (_, index) =>
      visit({
        name: `s${user + 1}${String.fromCharCode(97 + index)}`,
        apiKey,
        clients: pair,
        server,
        random: createRandom(seed * 1000 + user * 10 + index),
        tally,
        idleTimeoutMs: IDLE_TIMEOUT_SECONDS * 1000,
        ending: ending.signal,
      }),
    );
  });
  const peace = new AbortController();
  const trouble = makeTrouble({
    server,
    random: createRandom(seed),
    tally,
    interval: TROUBLE_INTERVAL_MS,
    ending: peace.signal,
  });
  const progress = setInterval(() => console.log(JSON.stringify(tally.counts)), PROGRESS_INTERVAL_MS);
  try {
    // A fault that cannot be made, for instance because the server does not start again, ends the soak.
    await Promise.race([pause(minutes * 60_000, signal), trouble]);
  } finally {
    clearInterval(progress);
    peace.abort();
    ending.abort();
    await Promise.allSettled([trouble]);
    await Promise.all(visitors);
  }
  await trouble;
}
