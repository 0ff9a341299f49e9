import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startEmbeddedPostgres, startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';

import { NO_CALL_USAGE } from '../../../apps/server/src/usage/call-usage.ts';
import { createPriceCall } from '../../../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../../../apps/server/src/usage/price-table.ts';
import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import type { Fact } from '../findings.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { toTableLines } from '../report/to-markdown.ts';
import { quantile } from '../statistics.ts';
import { clockJump, databaseRestarts, DATABASE_LOCKED, DISK_FULL, UPSTREAM_FAULTS } from './fault-cases.ts';
import { startFaultyUpstream, type FaultyUpstream } from './faulty-upstream.ts';
import { hasReadOnlyName, mountExt4Disk } from './read-only-disk.ts';
import { runFault, type FaultCase, type FaultResult } from './run-fault.ts';
import { openWatchedSession } from './watched-session.ts';

const OPEN_SECONDS = 3;
const MOST_REFUSED_MS = 10;
const MOST_OTHER_MS = 100;
/** After the breaker's time the next call probes; then the turn takes its own time, on a busy machine too. */
const MOST_RECOVERY_MS = OPEN_SECONDS * 1000 + 5000;
const REFUSALS = { full: 100, quick: 30 };
const TMPFS_MB = 256;

const ENVIRONMENT = {
  ...NO_RATE_LIMITS,
  CLAUDE_SDK_PATTERN_LOG_LEVEL: 'error',
  CLAUDE_SDK_PATTERN_BREAKER_OPEN_SECONDS: String(OPEN_SECONDS),
  CLAUDE_SDK_PATTERN_MODEL_STALL_TIMEOUT_SECONDS: '4',
};

/** Runs every fault against real servers and agents, and writes the report. Returns the findings and its path. */
export async function benchFaults(options: {
  quick: boolean;
  only: readonly string[];
  /** The page of the documentation that gets the table; none by default. */
  doc: string | undefined;
  out: string;
  signal: AbortSignal;
}): Promise<{
  found: Judged;
  path: string;
}> {
  const { quick, out, signal, only, doc } = options;
  const results: FaultResult[] = [];
  const facts: Fact[] = [];
  await using upstream = await startFaultyUpstream();
  const isWanted = ({ name }: Pick<FaultCase, 'name'>) => only.length === 0 || only.some((part) => name.includes(part));
  const run = async (server: TestServer, fault: FaultCase) => {
    if (!isWanted(fault)) return;
    signal.throwIfAborted();
    results.push(await runFault({ server, upstream }, fault));
  };
  const withServer = async (
    environment: Record<string, string>,
    work: (server: TestServer) => Promise<void>,
    dataDir?: string,
  ) => {
    const from = upstream.ledger.length;
    await using server = await startServer({
      ...{ upstreamUrl: upstream.url, environment: { ...ENVIRONMENT, ...environment } },
      ...(dataDir !== undefined && { dataDir }),
    });
    await work(server);
    const problem = await findCostProblem(server, upstream, from);
    if (problem !== undefined) results.at(-1)?.problems.push(problem);
  };

  if (UPSTREAM_FAULTS.some(isWanted))
    await withServer({}, async (server) => {
      for (const fault of UPSTREAM_FAULTS) await run(server, fault);
      facts.push(await measureRefusals(server, upstream, quick));
    });
  for (const [name, url] of [
    ['DNS failure', 'http://upstream.invalid'],
    ['wrong TLS', upstream.url.replace('http:', 'https:')],
  ] as const) {
    if (isWanted({ name })) results.push(await runWrongAddress(name, url, upstream));
  }
  if (isWanted(DISK_FULL))
    await withTmpfs((dir) => withServer({}, (server) => run(server, DISK_FULL), join(dir, 'data')));
  if (hasReadOnlyName(isWanted)) {
    await using disk = await mountExt4Disk();
    await withServer({}, (server) => run(server, disk.fault), disk.dataDir);
  }
  if (isWanted(DATABASE_LOCKED)) await withServer({}, (server) => run(server, DATABASE_LOCKED));
  const name = 'PostgreSQL restarts, every second';
  if (isWanted({ name })) {
    await using postgres = await startEmbeddedPostgres({ durable: true });
    const url = await postgres.createDatabase();
    const find = `select pid from pg_stat_activity where application_name = 'claude-sdk-pattern' limit 1`;
    const killBackend = async () => {
      const [row] = await postgres.query<{ pid: number }>(url, find);
      if (row !== undefined) process.kill(row.pid, 'SIGKILL');
    };
    await withServer({ CLAUDE_SDK_PATTERN_DATABASE_URL: url }, (server) => run(server, databaseRestarts(killBackend)));
  }
  const dir = await mkdtemp(join(tmpdir(), 'csp-clock-'));
  const clockFile = join(dir, 'offset');
  await writeFile(clockFile, '0');
  const shim = join(import.meta.dirname, 'clock-shim.mjs');
  const jumps = [
    clockJump('clock an hour ahead, and back', 1, clockFile),
    clockJump('clock an hour behind, and back', -1, clockFile),
  ];
  if (jumps.some(isWanted))
    await withServer({ NODE_OPTIONS: `--import=${shim}`, CSP_BENCH_CLOCK_FILE: clockFile }, async (server) => {
      for (const jump of jumps) await run(server, jump);
    });
  await rm(dir, { recursive: true });

  const found: Judged = {
    series: [],
    problems: results.flatMap(({ problems }) => problems),
    facts: [...facts, ...toFacts(results)],
    tables: [toTable(results)],
  };
  const intro =
    'One session meets each fault on a real server with real agents, in front of a scripted upstream. ' +
    `The circuit breaker stays open for ${OPEN_SECONDS} s, a stall counts after 4 s; other settings are the defaults. ` +
    'The clock is set for the server process, by a replaced `Date`.';
  if (doc !== undefined) await updateDoc(doc, results);
  const path = await writeJudgedReport(out, { name: 'faults', title: 'Fault injection', intro, found });
  return { found, path };
}

/** The page has a table with a row for each fault. Those that were not made here stay as they are. */
async function updateDoc(doc: string, results: readonly FaultResult[]): Promise<void> {
  const text = await readFile(doc, 'utf8');
  const [before, table, after] = text.split(/(?<=<!-- faults: begin -->\n)|(?=<!-- faults: end -->)/);
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${doc} does not say where its table begins and ends`);
  const names = new Set(results.map(({ name }) => name));
  const toName = (line: string) => line.split('|')[1]?.trim() ?? '';
  const kept = table.split('\n').filter((line) => line.startsWith('|') && !names.has(toName(line)));
  const made = toTableLines(toTable(results)).filter((line) => line.startsWith('|'));
  // The first two lines are the head of the table.
  const lines = [...made, ...kept.slice(2)];
  await writeFile(doc, `${before}\n${lines.join('\n')}\n\n${after}`);
}

function toTable(results: readonly FaultResult[]) {
  return {
    title: 'What users saw',
    columns: ['fault', 'what users saw', 'for how long', 'answered again after its end', 'p99 of other routes', 'lost'],
    rows: results.map(({ name, seen, waitedMs, recoveredMs, otherP99Ms, problems }) => [
      ...[name, seen.join('; ')],
      ...[
        `${(waitedMs / 1000).toFixed(1)} s`,
        `${(recoveredMs / 1000).toFixed(1)} s`,
        otherP99Ms === undefined ? '–' : `${otherP99Ms.toFixed(0)} ms`,
      ],
      problems.length === 0 ? 'nothing' : problems.join('; '),
    ]),
  };
}

function toFacts(results: readonly FaultResult[]): Fact[] {
  const lost = results.reduce((sum, { problems }) => sum + problems.length, 0);
  const ofUpstream = results.filter(({ name }) => UPSTREAM_FAULTS.some((fault) => fault.name === name));
  if (results.length === 0) throw new Error('No fault has this name');
  return [
    { id: 'faults.lost', label: 'Messages, events or costs lost or doubled', value: lost, unit: '', atMost: 0 },
    {
      ...{ id: 'faults.recovered', label: 'Longest time to the next answer after a fault of the upstream', unit: 'ms' },
      ...{ value: Math.max(0, ...ofUpstream.map(({ recoveredMs }) => recoveredMs)), atMost: MOST_RECOVERY_MS },
    },
    {
      ...{ id: 'faults.others', label: 'p99 of other routes meanwhile, the worst', unit: 'ms', atMost: MOST_OTHER_MS },
      value: Math.max(0, ...results.map(({ otherP99Ms = 0 }) => otherP99Ms)),
    },
  ];
}

/** How soon a new turn is refused over HTTP while the circuit breaker is open. */
async function measureRefusals(server: TestServer, upstream: FaultyUpstream, quick: boolean): Promise<Fact> {
  await using session = await openWatchedSession(server);
  const samples: number[] = [];
  upstream.faultOf = () => ({ kind: 'status', status: 500 });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ events: [{ type: 'user.message', content: [{ type: 'text', text: 'Go on.' }] }] });
  const path = `/v1/sessions/${session.id}/events`;
  const over = new AbortController();
  // A turn that waits keeps the breaker open.
  await using waiting = await openWatchedSession(server);
  const turn = waiting.say().finally(() => over.abort());
  await until('the breaker is open', async () => {
    const { data } = (await (await server.fetch('/api/v1/upstreams')).json()) as { data: { state: string }[] };
    return data[0]?.state === 'open';
  });
  while (samples.length < (quick ? REFUSALS.quick : REFUSALS.full) && !over.signal.aborted) {
    const startedAt = performance.now();
    const answer = await server.fetch(path, { method: 'POST', headers, body });
    await answer.text();
    if (answer.status === 529) samples.push(performance.now() - startedAt);
    else await delay(100);
  }
  upstream.faultOf = () => ({ kind: 'none' });
  await turn;
  const label = 'A new turn is refused while the breaker is open, over HTTP, p50';
  const value = samples.length === 0 ? Infinity : quantile(samples, 0.5);
  return { id: 'faults.refused', label, value, unit: 'ms', atMost: MOST_REFUSED_MS };
}

/** A server with a wrong address, then one with the right one and the same data. */
async function runWrongAddress(name: string, url: string, upstream: FaultyUpstream): Promise<FaultResult> {
  const dir = await mkdtemp(join(tmpdir(), 'csp-faults-'));
  const dataDir = join(dir, 'data');
  await mkdir(dataDir);
  const environment = { ...ENVIRONMENT, CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES: '2' };
  let result: FaultResult;
  {
    await using server = await startServer({ upstreamUrl: url, environment, dataDir });
    await using session = await openWatchedSession(server);
    const said = await session.say();
    const problems = await session.findProblems();
    result = { name, seen: said.seen, waitedMs: said.ms, recoveredMs: 0, otherP99Ms: undefined, problems };
  }
  const endedAt = performance.now();
  {
    await using server = await startServer({ upstreamUrl: upstream.url, environment, dataDir });
    await using session = await openWatchedSession(server);
    await until('it answers', async () => (await session.say()).isAnswered);
  }
  await rm(dir, { recursive: true });
  return { ...result, recoveredMs: performance.now() - endedAt };
}

async function withTmpfs(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'csp-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_MB}m`, 'none', dir]);
  try {
    await mkdir(join(dir, 'data'));
    await work(dir);
  } finally {
    execFileSync('umount', ['--lazy', dir]);
    await rm(dir, { recursive: true, force: true });
  }
}

const priceCall = createPriceCall(LIST_PRICES);

/** Whether the server has recorded other costs than the upstream has charged, from an entry of its ledger on. */
async function findCostProblem(
  server: TestServer,
  upstream: FaultyUpstream,
  from: number,
): Promise<string | undefined> {
  let recorded = 0;
  const toBilled = () =>
    upstream.ledger
      .slice(from)
      .reduce((sum, call) => sum + (priceCall({ ...NO_CALL_USAGE, ...call }).microUsd ?? 0), 0);
  // The clock of the server may have been ahead.
  const to = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const read = async () => {
    const answer = await server.fetch(`/api/v1/usage?group_by=day&to=${to}`);
    const { data } = (await answer.json()) as { data: { cost_usd: string }[] };
    recorded = data.reduce((sum, { cost_usd: usd }) => sum + Math.round(Number(usd) * 1_000_000), 0);
    return recorded === toBilled();
  };
  const isEqual = await until('costs are equal', read, 10_000).catch(() => false);
  return !isEqual ? `costs of ${recorded} micro-dollars are recorded, and ${toBilled()} were charged` : undefined;
}
