import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';

import { createRandom } from '../random.ts';
import { INSPECTABLE, openServerInspector, type CollectedMemory } from '../server-inspector.ts';
import { openFrameSocket, type FrameSocket } from '../sides/frame-socket.ts';
import { createTally, type Tally } from '../soak/tally.ts';
import { fuzzFrames, type FuzzDeps } from './frame-fuzzer.ts';
import { fuzzBytes, fuzzRequests } from './request-fuzzer.ts';
import { fuzzSockets } from './socket-fuzzer.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

export interface FuzzOptions {
  /** The number of malformed frames and requests. */
  inputs: number;
  /** The same seed draws the same inputs. */
  seed: number;
  /** `postgres://…`; SQLite when left out. */
  databaseUrl?: string | undefined;
  tally?: Tally;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** The server's memory after the first quarter, when its code is compiled and its caches are in use, and at the end. */
export interface FuzzMemory {
  warm: CollectedMemory;
  end: CollectedMemory;
}

const ENVIRONMENT = {
  ...NO_RATE_LIMITS,
  ...INSPECTABLE,
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1',
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
  CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn',
};
/** The share of each kind among all inputs. */
const SHARES = { frames: 0.7, requests: 0.28, sockets: 0.01, bytes: 0.01 };
const ROUNDS = 20;
const WARM_ROUND = 5;

/**
 * Sends invalid input to a real server, while a well-behaved client must not notice. Answers that break the protocol go
 * to the tally. Memory is undefined without /proc.
 */
export async function runFuzz(options: FuzzOptions): Promise<{ tally: Tally; memory: FuzzMemory | undefined }> {
  const { inputs, seed, tally = createTally(), signal, databaseUrl } = options;
  const environment = { ...ENVIRONMENT, ...(databaseUrl && { CLAUDE_SDK_PATTERN_DATABASE_URL: databaseUrl }) };
  await using server = await startServer({ environment });
  const { pid } = server;
  await using inspector = await openServerInspector(server);
  await using witness = await openFrameSocket(server);
  const created = await witness.request<{ session: { id: string } }>({ type: 'session.create' });
  const sessionId = created.session.id;
  const deps: FuzzDeps = { server, sessionId, tally, random: createRandom(seed) };
  let warm: CollectedMemory | undefined;
  const isAborted = () => signal?.aborted === true;
  for (let round = 1; round <= ROUNDS && !isAborted(); round += 1) {
    const share = (part: number) => Math.ceil((inputs * part) / ROUNDS);
    await fuzzFrames(share(SHARES.frames), deps);
    await fuzzRequests(share(SHARES.requests), deps);
    await fuzzSockets(share(SHARES.sockets), deps);
    await fuzzBytes(share(SHARES.bytes), deps);
    await askWitness(witness, tally, round);
    if (round === WARM_ROUND) warm = await inspector.readCollectedMemory();
    options.onProgress?.(Math.round((inputs * round) / ROUNDS));
  }
  const end = await inspector.readCollectedMemory();
  if (server.pid !== pid || !(await isReady(server))) tally.problem('server.down', server.logs.slice(-1000));
  for (const line of server.logs.split('\n'))
    if (/"level":"(?:error|fatal)"|uncaught/i.test(line)) tally.problem('server.errors', line.slice(0, 700));
  return { tally, memory: warm && end && { warm, end } };
}

/** The number of inputs. */
export function countInputs(counts: Readonly<Record<string, number>>): number {
  return Object.entries(counts).reduce(
    (sum, [name, count]) => sum + (/^(?:frame|request|socket)\./.test(name) ? count : 0),
    0,
  );
}

/** The well-behaved client is still served: it makes a change and sees it. */
async function askWitness(witness: FrameSocket, tally: Tally, round: number): Promise<void> {
  try {
    await until('the witness is answered', async () => {
      await witness.request({ type: 'session.create', session: { title: `Witness ${round}` } });
      return true;
    });
  } catch (error) {
    tally.problem('witness.unserved', String(error));
  }
}

async function isReady(server: TestServer): Promise<boolean> {
  return (await server.fetch('/health/ready')).ok;
}
