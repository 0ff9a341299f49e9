import { createClient } from '@claude-sdk-pattern/client';
import { listProcesses, startServer, waitUntilGone, type TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { startPart } from '../parts/start-part.ts';
import { createRandom } from '../random.ts';
import { compareToStore, type LedgerFaults } from '../recall/event-ledger.ts';
import { parseRecallAnswer, toMessageText } from '../recall/message-text.ts';
import { openRecalledSession, type RecalledSession } from '../recall/recalled-session.ts';
import { readStoredEventIds } from '../recall/stored-events.ts';
import { createSeries, type BenchContext } from '../series.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

const SESSIONS = { full: 500, quick: 12 };
const WAKES = { full: 60, quick: 6 };
const SEED = 1;
/** Conversations that begin at the same time: about as many as there are processors. */
const AT_ONCE = 3;
/** Few, so that nearly every session is hibernated to free a place for another. */
const ENVIRONMENT = {
  ...NO_RATE_LIMITS,
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '6',
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '2',
  CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn',
};

interface OpenSession {
  session: RecalledSession;
  token: string;
  /** How often the session was asked to recall. */
  wakes: number;
}

/**
 * Many conversations on a few processes: each begins, is hibernated, and is woken at random to recall what it was told.
 */
export async function measureHibernation({ quick, sessions, signal }: BenchContext): Promise<Findings> {
  const size = quick ? 'quick' : 'full';
  const count = sessions ?? SESSIONS[size];
  await using model = await startPart<{ url: string }>('serve-recalling-model.ts');
  await using server = await startServer({ upstreamUrl: model.ready.url, environment: ENVIRONMENT });
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const begun = createSeries('hibernation.begin.first-text', 'first turn, three at a time');
  const woken = createSeries('hibernation.wake.first-text', 'woken at random, one at a time');
  const wrong: string[] = [];

  const open: OpenSession[] = [];
  const begin = async (index: number) => {
    signal.throwIfAborted();
    const token = `token-${index}`;
    const session = await openRecalledSession(client);
    const turn = await session.waitForEnd(await session.send(toMessageText('note', token)));
    if (turn.outcome !== 'completed' || turn.firstTextMs === undefined) wrong.push(`${session.id}: ${turn.outcome}`);
    else begun.samples.push(turn.firstTextMs);
    open.push({ session, token, wakes: 0 });
  };
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await begin((next += 1));
    }),
  );

  const random = createRandom(SEED);
  for (let wake = 0; wake < Math.min(WAKES[size], count); wake += 1) {
    signal.throwIfAborted();
    const chosen = open[Math.floor(random() * open.length)];
    if (chosen !== undefined) await wakeOne(chosen, { samples: woken.samples, wrong });
  }

  const faults = await compareAll(open, server);
  for (const { session } of open) session.detach();
  await client.close();
  await server.stop();
  await waitUntilGone(server.dataDir).catch(() => undefined);
  const left = await listProcesses(server.dataDir);
  for (const each of wrong) console.error(each);
  return {
    series: [begun, woken],
    facts: [
      { id: 'hibernation.sessions', label: 'Sessions on 6 processes', value: open.length, unit: '' },
      {
        id: 'hibernation.wrong',
        label: 'Turns that failed or recalled wrongly',
        value: wrong.length,
        unit: '',
        atMost: 0,
      },
      { id: 'hibernation.lost', label: 'Events lost', value: faults.lost, unit: '', atMost: 0 },
      { id: 'hibernation.doubled', label: 'Events doubled', value: faults.doubled, unit: '', atMost: 0 },
      { id: 'hibernation.out-of-order', label: 'Events out of order', value: faults.outOfOrder, unit: '', atMost: 0 },
      { id: 'hibernation.left', label: 'Processes left after the stop', value: left.length, unit: '', atMost: 0 },
    ],
  };
}

/** The model's context must contain each text of its own session once, and nothing of another session. */
async function wakeOne(chosen: OpenSession, into: { samples: number[]; wrong: string[] }): Promise<void> {
  const { session, token } = chosen;
  chosen.wakes += 1;
  const messageId = await session.send(toMessageText('recall', `${token}-wake-${chosen.wakes}`));
  const turn = await session.waitForEnd(messageId);
  const expected = [token, ...Array.from({ length: chosen.wakes }, (_, index) => `${token}-wake-${index + 1}`)];
  const recalled = parseRecallAnswer(turn.text);
  if (turn.start === 'resumed' && turn.firstTextMs !== undefined) into.samples.push(turn.firstTextMs);
  if (recalled?.join(' ') !== expected.join(' '))
    into.wrong.push(`${session.id} was told ${expected.join(' ')} and said: ${turn.text}`);
}

async function compareAll(open: readonly OpenSession[], server: TestServer): Promise<LedgerFaults> {
  const sum = { lost: 0, doubled: 0, outOfOrder: 0 };
  for (const { session } of open) {
    const { faults, ids } = session.ledger;
    const stored = compareToStore(ids, await readStoredEventIds(server, session.id));
    sum.lost += faults.lost + stored.lost;
    sum.doubled += faults.doubled;
    sum.outOfOrder += faults.outOfOrder + stored.outOfOrder;
  }
  return sum;
}
