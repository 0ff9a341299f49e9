import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings, Table } from '../findings.ts';
import { readProcessMemory, type ProcessMemory } from '../process-memory.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { readTreeMemory, toAgentMarker } from '../sides/agent-tree.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import type { Chat } from '../sides/chat.ts';
import { openPlatformChat, type PlatformChat } from '../sides/platform-chat.ts';
import { withServer } from './with-server.ts';

const STEPS = { full: [1, 5, 10, 20], quick: [1, 3] };
const TURNS = { full: 300, quick: 30 };
const TURNS_PER_READING = { full: 25, quick: 10 };
/** Memory that a process has just used is released within seconds. */
const SETTLE_MS = 2000;
const READINGS = 3;
const READING_INTERVAL_MS = 300;
const QUESTION = 'And where does its test go?';
const ENVIRONMENT = { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '25' };

/**
 * The memory of agent processes by their number, and of one process over many turns beside a bare one. Empty without
 * /proc.
 */
export async function measureProcessMemory(context: BenchContext): Promise<Findings> {
  if ((await readProcessMemory(process.pid)) === undefined) return { series: [] };
  const bySessions = await withServer(context, (server) => measureSessions(server, context), ENVIRONMENT);
  const overTurns = await withServer(context, (server) => measureTurns(server, context));
  return {
    series: [...bySessions.series, ...overTurns.series],
    tables: [bySessions.table, overTurns.table],
  };
}

async function measureSessions(server: TestServer, { quick, signal }: BenchContext) {
  const series: Series[] = [];
  const rows: string[][] = [];
  await using chats = new AsyncDisposableStack();
  let live = 0;
  for (const sessions of STEPS[quick ? 'quick' : 'full']) {
    for (; live < sessions; live += 1) {
      signal.throwIfAborted();
      const chat: PlatformChat = chats.use(await openPlatformChat(server));
      await chat.say(QUESTION);
    }
    const label = `${sessions} live ${sessions === 1 ? 'session' : 'sessions'}, all their processes`;
    const pss = createSeries(`process-memory.sessions-${sessions}.pss`, label, 'MB');
    const rss = createSeries(`process-memory.sessions-${sessions}.rss`, label, 'MB');
    await pause(SETTLE_MS);
    for (let reading = 0; reading < READINGS; reading += 1) {
      const memory = await readTreeMemory(toAgentMarker(server));
      pss.samples.push(memory.pssMb);
      rss.samples.push(memory.rssMb);
      await pause(READING_INTERVAL_MS);
    }
    series.push(pss, rss);
    const [pssMb, rssMb] = [Math.min(...pss.samples), Math.min(...rss.samples)];
    rows.push([String(sessions), ...[pssMb, pssMb / sessions, rssMb, rssMb / sessions].map((mb) => mb.toFixed(0))]);
  }
  const columns = ['live sessions', 'PSS, MB', 'PSS each', 'RSS, MB', 'RSS each'];
  const table: Table = { title: 'Agent processes by number of live sessions, sandboxes included', columns, rows };
  return { series, table };
}

async function measureTurns(server: TestServer, { modelUrl, quick, signal }: BenchContext) {
  const bare = createMemorySeries('process-memory.turns.bare', 'bare SDK, its process over the turns');
  const platform = createMemorySeries('process-memory.turns.platform', 'platform, its process over the turns');
  const rows: string[][] = [];
  await using bareChat = await openBareChat(modelUrl);
  await using platformChat = await openPlatformChat(server);
  const chats: Chat[] = [bareChat, platformChat];
  const size = quick ? 'quick' : 'full';
  for (let turn = 1; turn <= TURNS[size]; turn += 1) {
    signal.throwIfAborted();
    for (const chat of chats) await chat.say(QUESTION);
    if (turn !== 1 && turn % TURNS_PER_READING[size] !== 0) continue;
    const [ofBare, ofPlatform] = [await readTreeMemory(bareChat.marker), await readTreeMemory(toAgentMarker(server))];
    record(bare, ofBare);
    record(platform, ofPlatform);
    const figures = [ofBare.pssMb, ofPlatform.pssMb, ofBare.rssMb, ofPlatform.rssMb];
    rows.push([String(turn), ...figures.map((mb) => mb.toFixed(0))]);
  }
  const columns = ['after turn', 'bare PSS, MB', 'platform PSS, MB', 'bare RSS, MB', 'platform RSS, MB'];
  const table: Table = { title: 'One process over its turns', columns, rows };
  return { series: [bare.pss, bare.rss, platform.pss, platform.rss], table };
}

function createMemorySeries(id: string, label: string) {
  return { pss: createSeries(`${id}.pss`, label, 'MB'), rss: createSeries(`${id}.rss`, label, 'MB') };
}

function record(series: ReturnType<typeof createMemorySeries>, memory: ProcessMemory): void {
  series.pss.samples.push(memory.pssMb);
  series.rss.samples.push(memory.rssMb);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
