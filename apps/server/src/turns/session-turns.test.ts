import { pino } from 'pino';
import { expect, it } from 'vitest';

import { openJournalHarness } from '../journal/fixtures/journal-harness.ts';
import { listModelRequests } from '../store/fixtures/list-model-requests.ts';
import { NO_STOPS } from '../stops/fixtures/no-stops.ts';
import { NO_CALL_USAGE } from '../usage/call-usage.ts';
import { type MeteredRequest } from '../usage/metered-request.ts';
import { createUsageRecorder } from '../usage/usage-recorder.ts';
import { ModelCallMeter } from './model-call-meter.ts';
import { SessionFacts } from './session-facts.ts';
import { SessionRecord } from './session-record.ts';
import { SessionTurns, type SessionTurnsOptions } from './session-turns.ts';
import { NO_TURN_USAGE } from './turn-usage.ts';

const clock = { now: Date.now, uptimeMs: () => performance.now() };
const ENDED = {
  ...({ type: 'turn_ended', outcome: 'completed', changedFiles: [], refusal: null, isOfTask: false } as const),
  ...{ usage: NO_TURN_USAGE.usage, costUsd: 0 },
};

/** Turns of one session on a real journal, without an agent: the test says what it would. */
async function openTurns() {
  const { store, journal, sessionId, ...harness } = await openJournalHarness();
  const session = await store.sessions.find(sessionId);
  if (session === undefined) throw new Error('The session is gone');
  const record = new SessionRecord(
    { journal, clock },
    {
      ...{ session, fence: 1, facts: new SessionFacts(clock) },
      ...{ onChange: () => undefined, onFlushFailed: () => undefined },
    },
  );
  const usage = createUsageRecorder({ store, logger: pino({ level: 'silent' }) });
  const turns = new SessionTurns({ store, clock, usage, budgets: { findReached: () => undefined }, stops: NO_STOPS }, {
    record,
    turnNumber: 0,
    fallback: { check: () => undefined },
    meter: new ModelCallMeter(),
    cancelApprovals: () => Promise.resolve(),
    onIdle: () => Promise.resolve(),
  } as Partial<SessionTurnsOptions> as SessionTurnsOptions);
  const meter = (id: string): void => {
    const request: MeteredRequest = {
      id,
      holder: { sessionId, ownerId: 'user_1' },
      usage: { ...NO_CALL_USAGE, model: 'opus', inputTokens: 1, outputTokens: 1 },
      cost: { microUsd: null, priceVersion: 'list-1' },
      cause: 'agent',
      statusCode: 200,
      durationMs: 1,
    };
    usage.record(request);
  };
  return {
    turns,
    usage,
    meter,
    countRequests: async () => (await listModelRequests(store, sessionId)).length,
    readTypes: async () => (await store.events.list(sessionId, { limit: 100 })).map(({ type }) => type),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

it('commits the end of a turn with what its model calls have used', async () => {
  await using session = await openTurns();
  await session.turns.ensureRunning();
  session.meter('one');
  session.meter('two');
  await session.turns.end(ENDED);
  expect((await session.readTypes()).at(-1)).toBe('session.status_idle');
  expect(await session.countRequests()).toBe(2);
});

it('ends a turn although a record of its usage cannot be stored, and stores the others', async () => {
  await using session = await openTurns();
  session.meter('one');
  await session.usage.flush();
  await session.turns.ensureRunning();
  // The id is taken.
  session.meter('one');
  session.meter('two');
  await session.turns.end(ENDED);
  expect(session.turns.running).toBeUndefined();
  expect((await session.readTypes()).filter((type) => type === 'session.status_idle')).toHaveLength(1);
  expect(await session.countRequests()).toBe(2);
});
