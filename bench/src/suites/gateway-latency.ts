import { Agent, request } from 'node:http';

import { interleave } from '../interleave.ts';
import { startPart } from '../parts/start-part.ts';
import type { Fact, Findings } from '../findings.ts';
import { createSeries, type BenchContext } from '../series.ts';
import { summarize } from '../statistics.ts';

const REQUESTS = { full: 400, quick: 200 };
const WARM_UP_REQUESTS = 50;
/** About the size of Claude Code's requests: its system prompt and tools, then the conversation. */
const BODY_BYTES = 90_000;

interface Target {
  url: string;
  key: string;
}

/** How much later the first byte may come at the median, with all that a server does for a call. */
const MOST_ADDED_MS = 0.7;
/** Of the throughput of one connection, which makes a call after the other. */
const MOST_COST_PERCENT = 3;

/**
 * The time that the model gateway adds to one streaming call with budgets, metering and metrics, on both databases, with traces, without metrics, without
 * its circuit breaker, and beside a bare proxy; and how soon an open breaker refuses. All paths keep their connections and
 * take turns.
 */
export async function measureGatewayLatency({ modelUrl, quick, signal }: BenchContext): Promise<Findings> {
  await using gateway = await startPart<
    Record<'through' | 'postgres' | 'traced' | 'unmeasured' | 'unguarded' | 'open' | 'bare', Target>
  >('serve-gateway.ts', { modelUrl });
  const { ready } = gateway;
  const passed = {
    direct: createContender('gateway.direct', 'direct', { url: modelUrl, key: 'bench-key' }),
    bare: createContender('gateway.bare', 'through a bare proxy', ready.bare),
    through: createContender('gateway.through', 'through the model gateway', ready.through),
    postgres: createContender('gateway.postgres', 'through it, with PostgreSQL', ready.postgres),
    unguarded: createContender('gateway.unguarded', 'through it, without its circuit breaker', ready.unguarded),
  };
  // By themselves: what PostgreSQL does after a call would count to whoever comes next.
  const observed = {
    without: createContender('gateway.without-traces', 'through it, without traces', ready.through),
    traced: createContender('gateway.traced', 'through it, with traces', ready.traced),
    unmeasured: createContender('gateway.unmeasured', 'through it, without metrics', ready.unmeasured),
  };
  const open = createContender('gateway.open', 'refused by an open circuit breaker', ready.open, 529);
  const rounds = quick ? REQUESTS.quick : REQUESTS.full;
  const all = { ...passed, open };
  const series = [...Object.values({ ...passed, ...observed }).flatMap((each) => each.series), ...open.series.slice(1)];
  try {
    const contenders = mapValues(all, ({ measure }) => measure);
    await interleave(contenders, { rounds: WARM_UP_REQUESTS, signal });
    for (const { samples } of series) samples.length = 0;
    await interleave(contenders, { rounds, signal });
    const observers = mapValues(observed, ({ measure }) => measure);
    await interleave(observers, { rounds: WARM_UP_REQUESTS, signal });
    for (const { samples } of Object.values(observed).flatMap((each) => each.series)) samples.length = 0;
    await interleave(observers, { rounds, signal });
  } finally {
    for (const each of Object.values({ ...all, ...observed })) each.close();
  }
  const firstByte = mapValues(passed, (each) => summarize(each.firstByte.samples).median);
  const toAdded = (name: 'bare' | 'through' | 'postgres', label: string): Fact => ({
    ...{ id: `gateway.added.${name}`, label: `added to the first byte at the median, ${label}`, unit: 'ms' },
    value: firstByte[name] - firstByte.direct,
    ...(name !== 'bare' && { atMost: MOST_ADDED_MS }),
  });
  const toCost = (name: string, without: Contender, cost: Contender): Fact => ({
    ...{
      id: `gateway.cost.${name}`,
      label: `share of the throughput of calls that ${name} cost, at the median`,
      unit: '%',
    },
    value: 100 * (1 - toMedian(without.completed) / toMedian(cost.completed)),
    atMost: MOST_COST_PERCENT,
  });
  return {
    series,
    facts: [
      toAdded('bare', 'by a bare proxy'),
      toAdded('through', 'by the model gateway'),
      toAdded('postgres', 'by the model gateway with PostgreSQL'),
      {
        ...{ id: 'gateway.added.traces', label: 'added to that at the median by traces', unit: 'ms' },
        value: toMedian(observed.traced.firstByte) - toMedian(observed.without.firstByte),
      },
      toCost('traces', observed.without, observed.traced),
      toCost('metrics', observed.unmeasured, observed.without),
    ],
  };
}

function mapValues<Name extends string, From, To>(
  from: Readonly<Record<Name, From>>,
  to: (value: From) => To,
): Record<Name, To> {
  return Object.fromEntries(Object.entries<From>(from).map(([name, value]) => [name, to(value)])) as Record<Name, To>;
}

function createContender(id: string, label: string, target: Target, status = 200) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const firstByte = createSeries(`${id}.first-byte`, label);
  const completed = createSeries(`${id}.completed`, label);
  return {
    firstByte,
    completed,
    series: [firstByte, completed],
    async measure() {
      const timing = await call(target, agent, status);
      firstByte.samples.push(timing.firstByteMs);
      completed.samples.push(timing.completedMs);
    },
    close: () => agent.destroy(),
  };
}

function toMedian({ samples }: { samples: readonly number[] }): number {
  return summarize(samples).median;
}

type Contender = ReturnType<typeof createContender>;

const body = JSON.stringify({
  model: 'claude-sonnet-4-5',
  max_tokens: 1024,
  stream: true,
  system: [{ type: 'text', text: 'You are a careful engineer. '.repeat(Math.ceil(BODY_BYTES / 28)) }],
  messages: [{ role: 'user', content: 'Where do I add an endpoint?' }],
});

function call(
  { url, key }: Target,
  agent: Agent,
  status: number,
): Promise<{ firstByteMs: number; completedMs: number }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let firstByteMs: number | undefined;
    const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-api-key': key };
    const outgoing = request(new URL('/v1/messages', url), { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== status) reject(new Error(`A model call was answered with ${response.statusCode}`));
      response.on('data', () => {
        firstByteMs ??= performance.now() - startedAt;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (firstByteMs === undefined) reject(new Error('A model call was answered without a body'));
        else resolve({ firstByteMs, completedMs: performance.now() - startedAt });
      });
    });
    outgoing.setNoDelay(true);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
