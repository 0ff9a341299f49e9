import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings, Table } from '../findings.ts';
import { createSeries, type BenchContext } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { quantile } from '../statistics.ts';
import { withServer } from './with-server.ts';

/** New conversations per minute. The ramp ends at the first rate that the side does not sustain. */
const RATES = { full: [30, 45, 60, 75, 90, 110, 135, 165, 200, 240], quick: [30, 60] };
const STEP_SECONDS = { full: 15, quick: 5 };
const SINGLE_STARTS = { full: 5, quick: 2 };
/** A rate is sustained if this share of first texts comes within twice the time of a single start. */
const SHARE = 0.95;
const ALLOWED = 2;
const QUESTION = 'Where do I add an endpoint?';
const ENVIRONMENT = { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '40', CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '2' };

/** Begins a conversation, ends it after its first turn, and returns the time of its first text in milliseconds. */
type Visit = () => Promise<number>;

/**
 * How many conversations a minute can begin before they slow each other down: first bare cold starts, then the
 * platform.
 */
export async function measureCreationRate(context: BenchContext): Promise<Findings> {
  return withServer(context, (server) => measure(server, context), ENVIRONMENT);
}

async function measure(server: TestServer, { modelUrl, quick, signal }: BenchContext): Promise<Findings> {
  const size = quick ? 'quick' : 'full';
  const visitBare: Visit = async () => {
    await using chat = await openBareChat(modelUrl);
    return (await chat.say(QUESTION)).firstTextMs;
  };
  const visitPlatform: Visit = async () => {
    await using chat = await openPlatformChat(server);
    return chat.createdMs + (await chat.say(QUESTION)).firstTextMs;
  };
  const single = createSeries('creation-rate.single', 'bare SDK, one cold start on its own');
  for (let start = 0; start < SINGLE_STARTS[size]; start += 1) single.samples.push(await visitBare());
  const limitMs = ALLOWED * quantile(single.samples, 0.5);
  const ramp = { rates: RATES[size], seconds: STEP_SECONDS[size], limitMs, signal };
  const bare = await climb(visitBare, ramp);
  const platform = await climb(visitPlatform, ramp);
  const rows = [...bare.rows.map((row) => ['bare SDK', ...row]), ...platform.rows.map((row) => ['platform', ...row])];
  const columns = ['', 'new/min', 'begun', 'failed', 'p50, ms', 'p95, ms', `p95 at most ${limitMs.toFixed(0)} ms`];
  const table: Table = { title: 'The ramp', columns, rows };
  return {
    series: [single],
    facts: [
      { id: 'creation-rate.bare', label: 'Bare SDK, kept up', value: bare.best, unit: 'sessions/min' },
      { id: 'creation-rate.platform', label: 'Platform, kept up', value: platform.best, unit: 'sessions/min' },
    ],
    tables: [table],
  };
}

interface Ramp {
  rates: readonly number[];
  seconds: number;
  limitMs: number;
  signal: AbortSignal;
}

async function climb(
  visit: Visit,
  { rates, seconds, limitMs, signal }: Ramp,
): Promise<{ best: number; rows: string[][] }> {
  const rows: string[][] = [];
  let best = 0;
  for (const rate of rates) {
    signal.throwIfAborted();
    const { begun, failed, times } = await runStep(visit, { rate, seconds });
    const p95 = times.length === 0 ? Number.POSITIVE_INFINITY : quantile(times, SHARE);
    const p50 = times.length === 0 ? Number.POSITIVE_INFINITY : quantile(times, 0.5);
    const kept = failed === 0 && p95 <= limitMs;
    rows.push([String(rate), String(begun), String(failed), p50.toFixed(0), p95.toFixed(0), kept ? '✔' : '✘']);
    if (!kept) break;
    best = rate;
  }
  return { best, rows };
}

/** Begins conversations at fixed times, whether or not earlier ones are done. Resolves when all have ended. */
async function runStep(visit: Visit, { rate, seconds }: { rate: number; seconds: number }) {
  const times: number[] = [];
  let failed = 0;
  const begun = Math.max(1, Math.round((rate * seconds) / 60));
  const visits = Array.from({ length: begun }, async (_, index) => {
    await pause((index * 60_000) / rate);
    try {
      times.push(await visit());
    } catch (error) {
      failed += 1;
      console.error(`At ${rate} a minute: ${String(error)}`);
    }
  });
  await Promise.all(visits);
  return { begun, failed, times };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
