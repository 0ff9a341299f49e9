import { interleave } from '../interleave.ts';
import type { BenchContext, Series } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import type { Chat } from '../sides/chat.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { add, createTurnSeries } from './turn-series.ts';
import { withServer } from './with-server.ts';

const TURNS = { full: 80, quick: 30 };
/** Turns on each side that do not count, because a server that has just started runs code that is not compiled yet. */
const WARM_UP_TURNS = 10;
const REST_MS = 100;
const QUIET_BUDGET_MS = { full: 45_000, quick: 10_000 };

/** One live conversation on each side, turn by turn in alternation. */
export async function measureLaterTurns(context: BenchContext): Promise<Series[]> {
  return withServer(context, async (server) => {
    await using bare = await openBareChat(context.modelUrl);
    await using platform = await openPlatformChat(server);
    return await measure({ bare, platform }, context);
  });
}

async function measure(chats: { bare: Chat; platform: Chat }, { quick, signal }: BenchContext): Promise<Series[]> {
  const bare = createTurnSeries('later-turn.bare', 'bare SDK');
  const platform = createTurnSeries('later-turn.platform', 'platform');
  const contenders = {
    bare: async () => add(bare, await chats.bare.say('And where does its test go?')),
    platform: async () => add(platform, await chats.platform.say('And where does its test go?')),
  };
  const all = [...bare, ...platform];
  await interleave(contenders, { rounds: WARM_UP_TURNS, restMs: REST_MS, signal });
  for (const series of all) series.samples.length = 0;
  const size = quick ? 'quick' : 'full';
  await interleave(contenders, { rounds: TURNS[size], restMs: REST_MS, quietBudgetMs: QUIET_BUDGET_MS[size], signal });
  return all;
}
