import type { TestServer } from '@claude-sdk-pattern/testkit';

import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import { openPlatformChat, type PlatformChat } from '../sides/platform-chat.ts';
import { add, createTurnSeries } from './turn-series.ts';
import { withServer } from './with-server.ts';

const ROUNDS = { full: 14, quick: 4 };
/** A pause, because a start directly after the end of another process would be slower. */
const REST_MS = 150;
const QUIET_BUDGET_MS = { full: 45_000, quick: 5000 };

/**
 * The first turn of a conversation, each in its own process that ends before the next starts. The platform is measured
 * twice: with a message sent as soon as the session exists, and with one sent when its process is ready, as after a
 * person has typed.
 */
export async function measureFirstTurns(context: BenchContext): Promise<Series[]> {
  return withServer(context, (server) => measure(server, context));
}

async function measure(server: TestServer, { modelUrl, quick, signal }: BenchContext): Promise<Series[]> {
  const bare = createTurnSeries('first-turn.bare', 'bare SDK, cold');
  const sent = createTurnSeries('first-turn.platform', 'platform, sent at once');
  const ready = createTurnSeries('first-turn.platform-ready', 'platform, process ready before the message');
  const created = createSeries('first-turn.platform.session-created', 'platform, session.create until its reply');
  const sinceCreate = createTurnSeries(
    'first-turn.platform-with-create',
    'platform, sent at once, with session.create',
  );

  const runBare = async () => {
    await using chat = await openBareChat(modelUrl);
    add(bare, await chat.say('Where do I add an endpoint?'));
  };
  const runPlatform = async (wait: (chat: PlatformChat) => Promise<void>) => {
    await using chat = await openPlatformChat(server);
    await wait(chat);
    return { createdMs: chat.createdMs, timing: await chat.say('Where do I add an endpoint?') };
  };
  const contenders = {
    bare: runBare,
    sent: async () => {
      const { createdMs, timing } = await runPlatform(async () => undefined);
      created.samples.push(createdMs);
      add(sent, timing);
      add(sinceCreate, { firstTextMs: createdMs + timing.firstTextMs, completedMs: createdMs + timing.completedMs });
    },
    ready: async () => add(ready, (await runPlatform((chat) => chat.waitUntilReady())).timing),
  };

  const all = [...bare, ...sinceCreate, ...sent, ...ready, created];
  // The first round fills the caches of disk and code, so it does not count.
  await interleave(contenders, { rounds: 1, restMs: REST_MS, signal });
  for (const series of all) series.samples.length = 0;
  const size = quick ? 'quick' : 'full';
  await interleave(contenders, {
    rounds: ROUNDS[size],
    restMs: REST_MS,
    quietBudgetMs: QUIET_BUDGET_MS[size],
    signal,
  });
  return all;
}
