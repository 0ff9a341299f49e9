import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import type { Chat } from '../sides/chat.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { waitForSpares } from '../sides/spares.ts';
import { withServer } from './with-server.ts';

const AT_ONCE = 10;
const ROUNDS = { full: 4, quick: 1 };
const REST_MS = 500;
const QUIET_BUDGET_MS = { full: 20_000, quick: 3000 };
const QUESTION = 'Where do I add an endpoint?';
/** The pool's default, set here because test servers have no pool. */
const DEFAULT_SPARES = 2;
const MAX_SESSIONS = { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '30' };

/** Opens one conversation and returns the time of its first text, in milliseconds. */
type Open = (chats: AsyncDisposableStack) => Promise<number>;

/** Ten people send a first message at the same moment, compared with ten bare cold starts at the same moment. */
export async function measureTenAtOnce(context: BenchContext): Promise<Findings> {
  const withSpares = (spares: number) => ({
    ...MAX_SESSIONS,
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: String(spares),
  });
  return withServer(
    context,
    (defaults) => withServer(context, (pool) => measure({ defaults, pool }, context), withSpares(AT_ONCE)),
    withSpares(DEFAULT_SPARES),
  );
}

async function measure(
  servers: { defaults: TestServer; pool: TestServer },
  { modelUrl, quick, signal }: BenchContext,
): Promise<Findings> {
  const bare = createSeries('ten-at-once.bare.first-text', 'bare SDK, ten cold starts');
  const defaults = createSeries('ten-at-once.defaults.first-text', 'platform at its defaults, with session.create');
  const pool = createSeries('ten-at-once.pool-10.first-text', 'platform with 10 spares, with session.create');
  let failures = 0;

  const openBare: Open = async (chats) => (await use(chats, openBareChat(modelUrl)).then(say)).firstTextMs;
  const openOn =
    (server: TestServer): Open =>
    async (chats) => {
      const chat = await use(chats, openPlatformChat(server));
      return chat.createdMs + (await say(chat)).firstTextMs;
    };
  const run = async (series: Series, open: Open) => {
    await using chats = new AsyncDisposableStack();
    for (const result of await Promise.allSettled(Array.from({ length: AT_ONCE }, () => open(chats)))) {
      if (result.status === 'fulfilled') series.samples.push(result.value);
      else {
        failures += 1;
        console.error(`${series.id}: ${String(result.reason)}`);
      }
    }
  };
  const runOn = async (server: TestServer, spares: number, series: Series) => {
    await waitForSpares(server, spares);
    await run(series, openOn(server));
    await waitForSpares(server, spares);
  };

  const contenders = {
    bare: () => run(bare, openBare),
    defaults: () => runOn(servers.defaults, DEFAULT_SPARES, defaults),
    pool: () => runOn(servers.pool, AT_ONCE, pool),
  };
  const size = quick ? 'quick' : 'full';
  await interleave(contenders, { rounds: ROUNDS[size], restMs: REST_MS, quietBudgetMs: QUIET_BUDGET_MS[size], signal });
  return {
    series: [bare, defaults, pool],
    facts: [{ id: 'ten-at-once.failures', label: 'First turns that failed', value: failures, unit: '', atMost: 0 }],
  };
}

async function use<T extends AsyncDisposable>(stack: AsyncDisposableStack, opening: Promise<T>): Promise<T> {
  return stack.use(await opening);
}

function say(chat: Chat) {
  return chat.say(QUESTION);
}
