import { Agent, request } from 'node:http';

import { interleave } from '../interleave.ts';
import { startPart } from '../parts/start-part.ts';
import type { Fact, Findings } from '../findings.ts';
import { createSeries, type BenchContext } from '../series.ts';
import { summarize } from '../statistics.ts';
import { measureObserverCost } from './observer-cost.ts';

const REQUESTS = { full: 400, quick: 200 };
const WARM_UP_REQUESTS = 50;
/** About the size of Claude Code's requests: its system prompt and tools, then the conversation. */
const BODY_BYTES = 90_000;

/** What the process of the gateways serves. */
type Side = 'through' | 'postgres' | 'traced' | 'sampled' | 'unmeasured' | 'unguarded' | 'open' | 'bare' | 'relayed';

interface Target {
  url: string;
  key: string;
}

/** How much later the first byte may come at the median, with all that a server does for a call. */
const MOST_ADDED_MS = 0.7;

/**
 * The time that the model gateway adds to one streaming call with budgets, metering and metrics, on both databases, with traces,
 * without its circuit breaker, and beside a bare proxy; how soon an open breaker refuses; and what metrics and traces cost. All
 * paths keep their connections and take turns.
 */
export async function measureGatewayLatency({ modelUrl, quick, signal }: BenchContext): Promise<Findings> {
  await using collector = await startPart<{ url: string }>('serve-collector.ts');
  await using gateway = await startPart<Record<Side, Target> & { pid: number; profilerUrl: string }>(
    'serve-gateway.ts',
    {
      modelUrl,
      collectorUrl: collector.ready.url,
    },
  );
  const { ready } = gateway;
  const passed = {
    direct: createContender('gateway.direct', 'direct', { url: modelUrl, key: 'bench-key' }),
    relayed: createContender('gateway.relayed', 'through a relay of bytes', ready.relayed),
    bare: createContender('gateway.bare', 'through a bare proxy', ready.bare),
    through: createContender('gateway.through', 'through the model gateway', ready.through),
    traced: createContender('gateway.traced', 'through it, with every trace', ready.traced),
    postgres: createContender('gateway.postgres', 'through it, with PostgreSQL', ready.postgres),
    unguarded: createContender('gateway.unguarded', 'through it, without its circuit breaker', ready.unguarded),
  };
  const open = createContender('gateway.open', 'refused by an open circuit breaker', ready.open, 529);
  const busy = new Agent({ keepAlive: true });
  const rounds = quick ? REQUESTS.quick : REQUESTS.full;
  const all = { ...passed, open };
  const series = [...Object.values(passed).flatMap((each) => each.series), ...open.series.slice(1)];
  const contenders = mapValues(all, ({ measure }) => measure);
  try {
    await interleave(contenders, { rounds: WARM_UP_REQUESTS, signal });
    for (const { samples } of series) samples.length = 0;
    await interleave(contenders, { rounds, signal });
    const firstByte = mapValues(passed, (each) => summarize(each.firstByte.samples).median);
    const toAdded = (name: 'relayed' | 'bare' | 'through' | 'traced' | 'postgres', label: string): Fact => ({
      ...{ id: `gateway.added.${name}`, label: `added to the first byte at the median, ${label}`, unit: 'ms' },
      value: firstByte[name] - firstByte.direct,
      ...(name !== 'bare' && name !== 'relayed' && { atMost: MOST_ADDED_MS }),
    });
    const added = [
      toAdded('relayed', 'by a relay that reads nothing'),
      toAdded('bare', 'by a bare proxy'),
      toAdded('through', 'by the model gateway'),
      toAdded('traced', 'by the model gateway with every trace'),
      toAdded('postgres', 'by the model gateway with PostgreSQL'),
    ];
    const ofProxy: Fact = {
      ...{
        id: 'gateway.added.share',
        label: 'as many times as much as a bare proxy adds, by the model gateway',
        unit: '×',
      },
      value: (firstByte.through - firstByte.direct) / (firstByte.bare - firstByte.direct),
    };
    const kept = series.map((each) => ({ ...each, samples: [...each.samples] }));
    const cost = await measureObserverCost({
      ...{ pid: ready.pid, profilerUrl: ready.profilerUrl, quick, signal },
      sides: mapValues(
        { unmeasured: ready.unmeasured, measured: ready.through, sampled: ready.sampled, traced: ready.traced },
        (target) => async () => void (await call(target, busy, 200)),
      ),
    });
    return { ...cost, series: [...kept, ...cost.series], facts: [...added, ofProxy, ...cost.facts] };
  } finally {
    for (const each of Object.values(all)) each.close();
    busy.destroy();
  }
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
