import { Agent, request } from 'node:http';

import { interleave } from '../interleave.ts';
import { startPart } from '../parts/start-part.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';

const REQUESTS = { full: 400, quick: 200 };
const WARM_UP_REQUESTS = 50;
/** About the size of Claude Code's requests: its system prompt and tools, then the conversation. */
const BODY_BYTES = 90_000;

interface Target {
  url: string;
  key: string;
}

/**
 * The time that the model gateway adds to one streaming call, with and without its circuit breaker, and how soon an open
 * one refuses. All paths keep their connections and take turns.
 */
export async function measureGatewayLatency({ modelUrl, quick, signal }: BenchContext): Promise<Series[]> {
  await using gateway = await startPart<Record<'through' | 'unguarded' | 'open', Target>>('serve-gateway.ts', {
    modelUrl,
  });
  const { ready } = gateway;
  const direct = createContender('gateway.direct', 'direct', { url: modelUrl, key: 'bench-key' });
  const through = createContender('gateway.through', 'through the model gateway', ready.through);
  const unguarded = createContender('gateway.unguarded', 'through it, without its circuit breaker', ready.unguarded);
  const open = createContender('gateway.open', 'refused by an open circuit breaker', ready.open, 529);
  const series = [direct, through, unguarded].flatMap((each) => each.series);
  const [refused] = open.series.slice(1);
  const all = refused === undefined ? series : [...series, refused];
  try {
    const contenders = {
      ...{ direct: direct.measure, through: through.measure },
      ...{ unguarded: unguarded.measure, open: open.measure },
    };
    await interleave(contenders, { rounds: WARM_UP_REQUESTS, signal });
    for (const { samples } of all) samples.length = 0;
    await interleave(contenders, { rounds: quick ? REQUESTS.quick : REQUESTS.full, signal });
  } finally {
    for (const each of [direct, through, unguarded, open]) each.close();
  }
  return all;
}

function createContender(id: string, label: string, target: Target, status = 200) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const firstByte = createSeries(`${id}.first-byte`, label);
  const completed = createSeries(`${id}.completed`, label);
  return {
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
