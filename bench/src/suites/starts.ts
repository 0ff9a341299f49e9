import { waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext } from '../series.ts';
import { readTreeCpuSeconds, toAgentMarker } from '../sides/agent-tree.ts';
import { openBareChat } from '../sides/bare-chat.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { waitForSpares } from '../sides/spares.ts';
import { add, createTurnSeries } from './turn-series.ts';
import { withServer } from './with-server.ts';

const ROUNDS = { full: 30, quick: 4 };
const REST_MS = 150;
const QUIET_BUDGET_MS = { full: 45_000, quick: 5000 };
const QUESTION = 'Where do I add an endpoint?';

/** The first turn of a conversation by each way to get a process, one at a time. */
export async function measureStarts(context: BenchContext): Promise<Findings> {
  return withServer(context, (cold) =>
    withServer(context, (warm) => measure({ cold, warm }, context), { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '1' }),
  );
}

async function measure(
  servers: { cold: TestServer; warm: TestServer },
  { modelUrl, quick, signal }: BenchContext,
): Promise<Findings> {
  const bareCold = createTurnSeries('starts.bare-cold', 'bare SDK, cold');
  const bareStarted = createTurnSeries('starts.bare-startup', 'bare SDK after startup()');
  const cold = createTurnSeries('starts.cold', 'platform, cold');
  const warm = createTurnSeries('starts.warm', 'platform, warm spare');
  const warmWithCreate = createTurnSeries('starts.warm-with-create', 'platform, warm spare, with session.create');
  const resumed = createTurnSeries('starts.resumed', 'platform, hibernated session woken');
  const startCpu = createSeries('starts.cpu.startup', 'processor time of one start, until startup() is done', 's');
  const bareCpu = createSeries('starts.cpu.bare-cold', 'processor time of a bare start with its first turn', 's');
  const coldCpu = createSeries('starts.cpu.cold', "processor time of the platform's agent, start and first turn", 's');

  const contenders = {
    bareCold: async () => {
      await using chat = await openBareChat(modelUrl);
      add(bareCold, await chat.say(QUESTION));
      bareCpu.samples.push(await readTreeCpuSeconds(chat.marker));
    },
    bareStarted: async () => {
      await using chat = await openBareChat(modelUrl, { started: true });
      startCpu.samples.push(await readTreeCpuSeconds(chat.marker));
      add(bareStarted, await chat.say(QUESTION));
    },
    cold: async () => {
      await using chat = await openPlatformChat(servers.cold);
      add(cold, await chat.say(QUESTION));
      coldCpu.samples.push(await readTreeCpuSeconds(toAgentMarker(servers.cold)));
    },
    warm: async () => {
      await waitForSpares(servers.warm, 1);
      await measureWarm();
      // The pool refills itself now, which must not overlap with the next measurement.
      await waitForSpares(servers.warm, 1);
    },
    resumed: async () => {
      await using chat = await openPlatformChat(servers.cold);
      await chat.say(QUESTION);
      await chat.hibernate();
      await waitUntilGone(toAgentMarker(servers.cold));
      add(resumed, await chat.say(QUESTION));
    },
  };

  async function measureWarm(): Promise<void> {
    await using chat = await openPlatformChat(servers.warm);
    const timing = await chat.say(QUESTION);
    add(warm, timing);
    const { createdMs } = chat;
    add(warmWithCreate, {
      firstTextMs: createdMs + timing.firstTextMs,
      completedMs: createdMs + timing.completedMs,
    });
  }

  const turns = [bareCold, bareStarted, cold, warm, warmWithCreate, resumed];
  const series = [...turns.flat(), startCpu, bareCpu, coldCpu];
  // The first round fills the caches of disk and code, so it does not count.
  await interleave(contenders, { rounds: 1, restMs: REST_MS, signal });
  for (const each of series) each.samples.length = 0;
  const size = quick ? 'quick' : 'full';
  await interleave(contenders, { rounds: ROUNDS[size], restMs: REST_MS, quietBudgetMs: QUIET_BUDGET_MS[size], signal });
  return { series };
}
