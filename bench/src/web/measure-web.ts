import { say } from '@claude-sdk-pattern/scripted-model';

import { createStage } from '../../../e2e/support/create-stage.ts';
import { EVENTS_PER_TURN, seedHistory } from '../../../e2e/support/seed-history.ts';
import type { Findings } from '../findings.ts';
import type { BenchContext } from '../series.ts';
import { measureOpening, measureSizes, type SeededSession } from './first-load.ts';
import { measureIdle } from './idle.ts';
import { measureLongSession } from './long-session.ts';
import { measureCatchUp } from './reconnect.ts';
import { createAnswer, measureFloor, measureStreaming, TOKENS_PER_SECOND } from './streaming.ts';

const HISTORIES = [20, 1000, 5000];
const STREAM_SECONDS = { full: 30, quick: 8 };

/** Measures the web app in a real Chromium against its budgets. */
export async function measureWeb({ quick, signal }: BenchContext): Promise<Findings> {
  const answer = createAnswer(TOKENS_PER_SECOND * (quick ? STREAM_SECONDS.quick : STREAM_SECONDS.full));
  await using stage = await createStage({
    scenarios: [
      { match: { userText: 'long story' }, reply: [say(answer, { tokensPerSecond: TOKENS_PER_SECOND })] },
      { reply: [({ userText }) => say(`Heard: ${userText}.`)] },
    ],
  });
  const sessions: SeededSession[] = [];
  for (const turns of HISTORIES) {
    const id = await seedHistory(stage.server, turns);
    sessions.push({ id, events: turns * EVENTS_PER_TURN, lastText: `Answer ${turns}.` });
  }
  const [short, long] = sessions;
  if (short === undefined || long === undefined) throw new Error('There are no sessions to look at');
  const steps: Readonly<Record<string, () => Promise<Findings>>> = {
    floor: () => measureFloor(stage),
    sizes: () => measureSizes(stage, short),
    opening: () => measureOpening(stage, sessions, quick ? 3 : 12),
    'long session': () => measureLongSession(stage, long),
    // This runs after all measurements of the end of this session, because it changes the end.
    'streaming, new': () => measureStreaming(stage, { path: '/', id: 'new', label: 'in a new session' }),
    'streaming, long': () =>
      measureStreaming(stage, { path: `/sessions/${long.id}`, id: 'long', label: `after ${long.events} events` }),
    reconnecting: () => measureCatchUp(stage, quick ? 2 : 8),
    idling: () => measureIdle(stage, short, quick ? 5 : 20),
  };
  const all: Required<Findings> = { series: [], facts: [], tables: [] };
  for (const [name, step] of Object.entries(steps)) {
    signal.throwIfAborted();
    console.log(`  ${name} …`);
    const { series, facts = [] } = await step();
    all.series.push(...series);
    all.facts.push(...facts);
  }
  return all;
}
