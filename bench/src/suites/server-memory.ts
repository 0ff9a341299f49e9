import type { ReplyResults } from '@claude-sdk-pattern/protocol';
import type { TestServer } from '@claude-sdk-pattern/testkit';

import { readProcessMemory } from '../process-memory.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openFrameSocket } from '../sides/frame-socket.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { withServer } from './with-server.ts';

const SERVERS = { full: 3, quick: 1 };
/** The number of idle sessions besides the one with a process, each attached on its own connection. */
const MOST_SESSIONS = 100;
const STEPS = [0, 10, MOST_SESSIONS];
/** Garbage of earlier work is collected within some seconds. */
const SETTLE_MS = 3000;
const READINGS = 5;
const READING_INTERVAL_MS = 200;
/** One place for a process, so that no idle session gets one; and no spares. */
const ENVIRONMENT = { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1', CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' };

interface MemorySeries {
  pss: Series;
  rss: Series;
}

/**
 * The memory of the server's own process with idle sessions attached. One more session has had a turn and keeps the
 * only process at every step, so that the steps differ only in the idle sessions. Empty without /proc.
 */
export async function measureServerMemory(context: BenchContext): Promise<Series[]> {
  const fresh = createMemorySeries('memory.fresh', 'just started');
  const steps = STEPS.map((sessions) => createMemorySeries(`memory.idle-${sessions}`, `${sessions} idle sessions`));
  if ((await readProcessMemory(process.pid)) === undefined) return [];
  const perSession = createSeries('memory.per-idle-session.pss', 'each idle session', 'MB');
  const servers = context.quick ? SERVERS.quick : SERVERS.full;
  for (let run = 0; run < servers; run += 1) {
    context.signal.throwIfAborted();
    await withServer(context, (server) => measureOne(server, { fresh, steps }), ENVIRONMENT);
    // Two servers differ by more than a hundred sessions need, so the difference is taken within each server.
    const [least, most] = [steps.at(0)?.pss.samples.at(-1), steps.at(-1)?.pss.samples.at(-1)];
    if (least !== undefined && most !== undefined) perSession.samples.push((most - least) / MOST_SESSIONS);
  }
  return [...[fresh, ...steps].flatMap(({ pss, rss }) => [pss, rss]), perSession];
}

async function measureOne(server: TestServer, into: { fresh: MemorySeries; steps: MemorySeries[] }): Promise<void> {
  await record(server, into.fresh);
  await using holder = await openPlatformChat(server);
  await holder.say('Where do I add an endpoint?');
  await using connections = new AsyncDisposableStack();
  let attached = 0;
  for (const [index, series] of into.steps.entries()) {
    for (; attached < (STEPS[index] ?? 0); attached += 1) {
      const socket = connections.use(await openFrameSocket(server));
      await socket.request<ReplyResults['session.create']>({ type: 'session.create' });
    }
    await record(server, series);
  }
}

async function record(server: TestServer, { pss, rss }: MemorySeries): Promise<void> {
  await pause(SETTLE_MS);
  for (let reading = 0; reading < READINGS; reading += 1) {
    const memory = await readProcessMemory(server.pid);
    if (memory === undefined) throw new Error(`The server ${server.pid} has ended`);
    pss.samples.push(memory.pssMb);
    rss.samples.push(memory.rssMb);
    await pause(READING_INTERVAL_MS);
  }
}

function createMemorySeries(id: string, label: string): MemorySeries {
  return { pss: createSeries(`${id}.pss`, label, 'MB'), rss: createSeries(`${id}.rss`, label, 'MB') };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
