import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { stampEvent } from '../journal/stamp-event.ts';
import { systemClock } from '../lib/clock.ts';
import { createSession } from '../store/contract/back-end.ts';
import { openStore } from '../store/open-store.ts';
import { wasCutByBudget } from './budget-stop.ts';

const stamp = (event: Parameters<typeof stampEvent>[1]): SessionEvent => stampEvent(systemClock, event);
const idle = (type: 'budget_reached' | 'end_turn') =>
  stamp({ type: 'session.status_idle', stop_reason: { type }, stop_details: null });
const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const completed = () =>
  stamp({
    ...{ type: 'session.turn_completed', turn: 1, outcome: 'failed', duration_ms: 1, cost_usd: 0, changed_files: [] },
    ...usage,
  });
const started = () => stamp({ type: 'session.turn_started', turn: 1, message_ids: [] });

it.each<[string, () => SessionEvent[], boolean]>([
  ['a turn that a budget has stopped', () => [started(), completed(), idle('budget_reached')], true],
  [
    'one after which somebody wrote again',
    () => [started(), completed(), idle('budget_reached'), idle('budget_reached')],
    true,
  ],
  ['one that somebody stopped then', () => [completed(), idle('budget_reached'), idle('end_turn')], false],
  [
    'a message that waits after one that has ended',
    () => [completed(), idle('end_turn'), idle('budget_reached')],
    false,
  ],
  ['a first message that waits', () => [idle('budget_reached')], false],
  ['a turn that goes on', () => [completed(), idle('budget_reached'), started()], false],
])('tells whether there is a turn to go on with: %s', async (_, events, isCut) => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const { id } = await createSession(store);
  await store.events.append(
    id,
    0,
    events().map((body) => ({ id: body.id, type: body.type, body })),
  );
  expect(await wasCutByBudget(store, id)).toBe(isCut);
});
