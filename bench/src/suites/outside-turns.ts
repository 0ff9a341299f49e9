import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import type { Chat } from '../sides/chat.ts';
import { startMarkingUpstream, type MarkingUpstream } from '../sides/marking-upstream.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { openRelayChat } from '../sides/relay-chat.ts';
import { add, createTurnSeries } from './turn-series.ts';
import { withServer } from './with-server.ts';

const TURNS = { full: 60, quick: 30 };
const WARM_UP_TURNS = 10;
const REST_MS = 100;
const QUIET_BUDGET_MS = { full: 30_000, quick: 10_000 };

/**
 * Later turns as seen by an outside program: bare SDK, plain WebSocket client and upstream in one process. The upstream
 * answers in one piece without reading the request. A relay that only passes data on shows the lower limit. The times
 * of what a turn waits for are recorded on the way.
 */
export async function measureOutsideTurns(context: BenchContext): Promise<Series[]> {
  await using upstream = await startMarkingUpstream();
  return await withServer({ modelUrl: upstream.url }, async (server) => {
    await using bare = await openBareChat(upstream.url);
    await using relay = await openRelayChat(upstream.url);
    await using platform = await openPlatformChat(server);
    return await measure({ bare, relay, platform, upstream }, context);
  });
}

async function measure(
  { bare, relay, platform, upstream }: { bare: Chat; relay: Chat; platform: Chat; upstream: MarkingUpstream },
  { quick, signal }: BenchContext,
): Promise<Series[]> {
  const bareSide = createSide('bare', 'bare SDK', { chat: bare, upstream });
  const relaySide = createSide('relay', 'relay without store or checks', { chat: relay, upstream });
  const platformSide = createSide('platform', 'platform', { chat: platform, upstream });
  const contenders = { bare: bareSide.measure, relay: relaySide.measure, platform: platformSide.measure };
  const all = [...bareSide.series, ...relaySide.series, ...platformSide.series];
  await interleave(contenders, { rounds: WARM_UP_TURNS, restMs: REST_MS, signal });
  for (const series of all) series.samples.length = 0;
  const size = quick ? 'quick' : 'full';
  await interleave(contenders, { rounds: TURNS[size], restMs: REST_MS, quietBudgetMs: QUIET_BUDGET_MS[size], signal });
  return all.filter(({ samples }) => samples.length > 0);
}

function createSide(name: string, label: string, { chat, upstream }: { chat: Chat; upstream: MarkingUpstream }) {
  const id = `outside-turn.${name}`;
  const turns = createTurnSeries(id, label);
  const echoed = createSeries(`${id}.echoed`, `${label}, message to its user.message`);
  const asked = createSeries(`${id}.asked`, `${label}, message to the model call`);
  const ended = createSeries(`${id}.ended`, `${label}, end of the answer to the end of the turn`);
  return {
    series: [...turns, echoed, asked, ended],
    async measure() {
      upstream.clear();
      const startedAt = performance.now();
      const timing = await chat.say('And where does its test go?');
      const endedAt = performance.now();
      const { askedAt, answeredAt } = upstream.marks;
      if (askedAt === undefined || answeredAt === undefined) throw new Error('A turn ended without a model call');
      add(turns, timing);
      if (timing.echoedMs !== undefined) echoed.samples.push(timing.echoedMs);
      asked.samples.push(askedAt - startedAt);
      ended.samples.push(endedAt - answeredAt);
    },
  };
}
