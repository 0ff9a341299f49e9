import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';

import { startEmbeddedPostgres, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';

import { NO_CALL_USAGE } from '../../../apps/server/src/usage/call-usage.ts';
import { createPriceCall } from '../../../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../../../apps/server/src/usage/price-table.ts';
import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import {
  startFaultyUpstream,
  type BilledCall,
  type FaultyUpstream,
  type UpstreamFault,
} from '../faults/faulty-upstream.ts';
import { openWatchedSession, type WatchedSession } from '../faults/watched-session.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { createRandom } from '../random.ts';
import { createGatewayClient, findGatewayAccess, type GatewayAccess } from './gateway-client.ts';

const SESSIONS = 4;
/** Each session makes so many calls at the same time. */
const CALLS_AT_ONCE = 2;
const CALLS_A_ROUND = 1000;
/** What was sent before has arrived after this time. What the upstream sent later may be on the way at a kill. */
const QUIET_MS = 300;
/** Of the clients and of Claude Code in each session. */
const MOST_ON_THE_WAY = SESSIONS * (CALLS_AT_ONCE + 1);

interface Counts {
  rounds: number;
  serverKills: number;
  /** Of them, those that hit calls whose bytes are on the way. */
  hardKills: number;
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
  const counts: Counts = { rounds: 0, serverKills: 0, hardKills: 0, agentKills: 0, agentCalls: 0 };
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
  const onTheWay = new Set<BilledCall>();
  for (let count = 0; count < SESSIONS; count += 1) sessions.push(stack.use(await openWatchedSession(server)));
  while (upstream.ledger.length < calls && !signal.aborted) {
    const before = upstream.calls;
    await Promise.all(sessions.map((session) => session.say()));
    counts.agentCalls += upstream.calls - before;
    await runRound({ server, upstream, sessions, counts, onTheWay, limit: Math.min(CALLS_A_ROUND, calls) });
    console.log(`${upstream.ledger.length} calls, ${counts.serverKills} kills of the server`);
  }
  const read = async () => {
    const rows =
      postgres !== undefined && url !== undefined ? await postgres.query<Row>(url, SELECT) : readFile(server);
    return rows.map((row) => [row.input, row.output, row.cost].map(Number).join(' '));
  };
  const billed = upstream.ledger.map(toEntry);
  const certain = upstream.ledger.filter((call) => !onTheWay.has(call)).map(toEntry);
  const isAll = async () => compare(certain, await read()).missing.length === 0;
  await until('all is stored', isAll, 20_000).catch(() => undefined);
  const recorded = await read();
  const { missing: lost, others } = compare(certain, recorded);
  const doubled = countUncharged([...onTheWay].map(toEntry), others);
  const cutShort = compare(billed, recorded).missing;
  const toSum = (entries: readonly string[]) => entries.reduce((sum, entry) => sum + toCost(entry), 0);
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
      {
        ...{ id: 'ledger.hard-kills', label: 'Of them while bytes were on the way to it', unit: '' },
        value: counts.hardKills,
      },
      { id: 'ledger.on-the-way', label: 'Calls with bytes on the way at these', value: onTheWay.size, unit: '' },
      {
        ...{ id: 'ledger.cut-short', label: 'Of them recorded with less than was charged, or not at all', unit: '' },
        ...{ value: cutShort.length, atMost: counts.hardKills * MOST_ON_THE_WAY },
      },
      { id: 'ledger.agent-kills', label: 'Kills of Claude Code', value: counts.agentKills, unit: '' },
      { id: 'ledger.charged', label: 'Charged', value: toSum(billed) / 1e6, unit: 'USD' },
      {
        ...{ id: 'ledger.charged-surely', label: 'Of this for calls with nothing on the way', unit: 'USD' },
        value: toSum(certain) / 1e6,
      },
      { id: 'ledger.recorded', label: 'Recorded', value: toSum(recorded) / 1e6, unit: 'USD' },
      {
        ...{ id: 'ledger.recorded-surely', label: 'Of this for calls with nothing on the way', unit: 'USD' },
        value: (toSum(recorded) - toSum(others)) / 1e6,
      },
      {
        ...{ id: 'ledger.lost', label: 'Calls lost that had nothing on the way', unit: '', atMost: 0 },
        value: lost.length,
      },
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
    'real server, while calls fail or are cut, agents are killed, and the server is killed in mid-call. Half of its kills come ' +
    `when nothing is on the way between the processes, the others at once. Then what the upstream sent in the last ${QUIET_MS} ms ` +
    'may never have reached the server: of these calls it may record less, never more.';
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
  /** Gets the calls of which the server may not have seen all when it was killed. */
  onTheWay: Set<BilledCall>;
  limit: number;
}

/** Calls of all sessions at the same time; at its end an agent is killed, or the server in the middle of calls. */
async function runRound({ server, upstream, sessions, counts, onTheWay, limit }: Round): Promise<void> {
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
  counts.rounds += 1;
  if (counts.rounds % 4 === 3) {
    counts.serverKills += 1;
    counts.hardKills += 1;
    const since = performance.now() - QUIET_MS;
    await server.kill();
    over.abort();
    await calling;
    for (const call of upstream.ledger) if (call.chargedAtMs >= since) onTheWay.add(call);
    await server.restart();
    client.close();
    return;
  }
  const release = upstream.hold();
  await delay(QUIET_MS);
  over.abort();
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

const toCost = (entry: string) => Number(entry.split(' ')[2]);

/** Which charged calls are not recorded, and which records are of no charged call. */
function compare(billed: readonly string[], recorded: readonly string[]): { missing: string[]; others: string[] } {
  const left = new Map<string, number>();
  for (const entry of billed) left.set(entry, (left.get(entry) ?? 0) + 1);
  for (const entry of recorded) left.set(entry, (left.get(entry) ?? 0) - 1);
  const repeat = (sign: 1 | -1) =>
    [...left].flatMap(([entry, count]) => Array<string>(Math.max(0, sign * count)).fill(entry));
  return { missing: repeat(1), others: repeat(-1) };
}

/** How many records are of none of these calls. Each call has at most one record, of at most what it was charged for. */
function countUncharged(billed: readonly string[], recorded: readonly string[]): number {
  const costs = billed.map(toCost).toSorted((a, b) => b - a);
  const wrong = recorded
    .map(toCost)
    .toSorted((a, b) => b - a)
    .filter((cost, index) => cost > (costs[index] ?? -1));
  return wrong.length;
}
