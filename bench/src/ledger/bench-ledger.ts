import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';

import { startEmbeddedPostgres, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';

import { NO_CALL_USAGE } from '../../../apps/server/src/usage/call-usage.ts';
import { createPriceCall } from '../../../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../../../apps/server/src/usage/price-table.ts';
import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import { startFaultyUpstream, type FaultyUpstream, type UpstreamFault } from '../faults/faulty-upstream.ts';
import { openWatchedSession, type WatchedSession } from '../faults/watched-session.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { createRandom } from '../random.ts';
import { createGatewayClient, findGatewayAccess, type GatewayAccess } from './gateway-client.ts';

const SESSIONS = 4;
/** Each session makes so many calls at the same time. */
const CALLS_AT_ONCE = 2;
const CALLS_A_ROUND = 1000;
/** What was sent before has arrived after this time: what is on the way at a kill is nobody's. */
const QUIET_MS = 300;

interface Counts {
  rounds: number;
  serverKills: number;
  agentKills: number;
  agentCalls: number;
}

/** Makes so many model calls, with failures and kills, and compares what is recorded with what the upstream has charged. */
export async function benchLedger(options: {
  calls: number;
  isPostgres: boolean;
  seed: number;
  out: string;
  signal: AbortSignal;
}): Promise<{ found: Judged; path: string }> {
  const { calls, isPostgres, seed, out, signal } = options;
  const database = isPostgres ? 'PostgreSQL' : 'SQLite';
  const startedAt = performance.now();
  const random = createRandom(seed);
  const counts: Counts = { rounds: 0, serverKills: 0, agentKills: 0, agentCalls: 0 };
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startFaultyUpstream());
  const postgres = isPostgres ? stack.use(await startEmbeddedPostgres()) : undefined;
  const url = await postgres?.createDatabase();
  const server = stack.use(
    await startServer({
      upstreamUrl: upstream.url,
      environment: {
        ...{ ...NO_RATE_LIMITS, CLAUDE_SDK_PATTERN_LOG_LEVEL: 'error', CLAUDE_SDK_PATTERN_BREAKER_FAILURES: '0' },
        ...(url !== undefined && { CLAUDE_SDK_PATTERN_DATABASE_URL: url }),
      },
    }),
  );
  upstream.faultOf = () => drawFault(random());
  const sessions: WatchedSession[] = [];
  for (let count = 0; count < SESSIONS; count += 1) sessions.push(stack.use(await openWatchedSession(server)));
  while (upstream.ledger.length < calls && !signal.aborted) {
    const before = upstream.calls;
    await Promise.all(sessions.map((session) => session.say()));
    counts.agentCalls += upstream.calls - before;
    await runRound({ server, upstream, sessions, counts, limit: Math.min(CALLS_A_ROUND, calls) });
    console.log(`${upstream.ledger.length} calls, ${counts.serverKills} kills of the server`);
  }
  const read = async () => {
    const rows =
      postgres !== undefined && url !== undefined ? await postgres.query<Row>(url, SELECT) : readFile(server);
    return rows.map((row) => [row.input, row.output, row.cost].map(Number).join(' ')).toSorted();
  };
  const billed = upstream.ledger.map(toEntry).toSorted();
  const isAll = async () => (await read()).length >= billed.length;
  await until('all is stored', isAll, 20_000).catch(() => undefined);
  const recorded = await read();
  const { lost, doubled } = compare(billed, recorded);
  const toSum = (entries: readonly string[]) => entries.reduce((sum, entry) => sum + Number(entry.split(' ')[2]), 0);
  const found: Judged = {
    series: [],
    problems: (await Promise.all(sessions.map((session) => session.findProblems()))).flat(),
    facts: [
      {
        id: 'ledger.calls',
        label: `Calls that were charged, with seed ${seed}, ${database}`,
        value: billed.length,
        unit: '',
      },
      { id: 'ledger.agents', label: 'Of them made by Claude Code itself, about', value: counts.agentCalls, unit: '' },
      {
        id: 'ledger.failed',
        label: 'Calls that failed or were cut by the upstream',
        value: upstream.calls - whole(upstream),
        unit: '',
      },
      { id: 'ledger.server-kills', label: 'Kills of the server in mid-call', value: counts.serverKills, unit: '' },
      { id: 'ledger.agent-kills', label: 'Kills of Claude Code', value: counts.agentKills, unit: '' },
      { id: 'ledger.charged', label: 'Charged', value: toSum(billed) / 1e6, unit: 'USD' },
      { id: 'ledger.recorded', label: 'Recorded', value: toSum(recorded) / 1e6, unit: 'USD' },
      { id: 'ledger.lost', label: 'Calls lost', value: lost, unit: '', atMost: 0 },
      {
        id: 'ledger.doubled',
        label: 'Calls recorded twice, or otherwise than charged',
        value: doubled,
        unit: '',
        atMost: 0,
      },
      { id: 'ledger.seconds', label: 'Time', value: (performance.now() - startedAt) / 1000, unit: 's' },
    ],
  };
  const intro =
    'Light clients with the tokens of real sessions, and Claude Code in these sessions, call a scripted upstream through a ' +
    'real server, while calls fail or are cut, agents are killed, and the server is killed in mid-call. A kill comes when ' +
    'nothing is on the way between the processes.';
  const name = isPostgres ? 'ledger-postgres' : 'ledger';
  return { found, path: await writeJudgedReport(out, { name, title: 'The ledger', intro, found }) };
}

function drawFault(share: number): UpstreamFault {
  if (share < 0.01) return { kind: 'status', status: 500 };
  if (share < 0.03) return { kind: 'cut' };
  return share < 0.04 ? { kind: 'errorEvent' } : { kind: 'none' };
}

const whole = ({ ledger }: FaultyUpstream) => ledger.filter(({ outputTokens }) => outputTokens > 1).length;

interface Round {
  server: TestServer;
  upstream: FaultyUpstream;
  sessions: readonly WatchedSession[];
  counts: Counts;
  limit: number;
}

/** Calls of all sessions at the same time; at its end an agent is killed, or the server in the middle of calls. */
async function runRound({ server, upstream, sessions, counts, limit }: Round): Promise<void> {
  const client = createGatewayClient();
  const end = upstream.ledger.length + limit;
  const over = new AbortController();
  const callOn = async (access: GatewayAccess) => {
    while (!over.signal.aborted && upstream.ledger.length < end) await client.call(access);
  };
  const accesses = await Promise.all(sessions.map(({ id }) => findGatewayAccess(server, id)));
  const calling = Promise.all(
    accesses.flatMap((access) => Array.from({ length: CALLS_AT_ONCE }, () => callOn(access))),
  );
  while (upstream.ledger.length < end - limit / 4) await delay(20);
  const release = upstream.hold();
  await delay(QUIET_MS);
  over.abort();
  counts.rounds += 1;
  if (counts.rounds % 2 === 0) {
    counts.agentKills += 1;
    const [first] = accesses;
    if (first !== undefined) process.kill(first.pid, 'SIGKILL');
    await delay(QUIET_MS);
    release();
  } else {
    counts.serverKills += 1;
    await server.kill();
    await delay(QUIET_MS);
    release();
    await server.restart();
  }
  await calling;
  client.close();
}

interface Row {
  input: number | string;
  output: number | string;
  cost: number | string;
}

/** Calls that were charged for: a failed one has used nothing. */
const SELECT =
  'select input_tokens as input, output_tokens as output, cost_micro_usd as cost from model_requests where input_tokens > 0';

function readFile(server: TestServer): Row[] {
  const file = new Database(join(server.dataDir, 'csp.db'), { readonly: true });
  try {
    return file.prepare<[], Row>(SELECT).all();
  } finally {
    file.close();
  }
}

const priceCall = createPriceCall(LIST_PRICES);

function toEntry(call: FaultyUpstream['ledger'][number]): string {
  return `${call.inputTokens} ${call.outputTokens} ${priceCall({ ...NO_CALL_USAGE, ...call }).microUsd}`;
}

/** How many charged calls are not recorded, and how many records were not charged. */
function compare(billed: readonly string[], recorded: readonly string[]): { lost: number; doubled: number } {
  const left = new Map<string, number>();
  for (const entry of billed) left.set(entry, (left.get(entry) ?? 0) + 1);
  for (const entry of recorded) left.set(entry, (left.get(entry) ?? 0) - 1);
  const sum = (sign: 1 | -1) => [...left.values()].reduce((total, count) => total + Math.max(0, sign * count), 0);
  return { lost: sum(1), doubled: sum(-1) };
}
