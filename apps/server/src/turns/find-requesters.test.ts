import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { openJournalHarness } from '../journal/fixtures/journal-harness.ts';
import { findRequesters } from './find-requesters.ts';

const processed_at = '2026-11-30T00:00:00.000Z';
const say = (id: string, userId: string): SessionEvent => ({
  ...{ type: 'user.message', id, content: [{ type: 'text', text: 'Go' }], processed_at },
  actor: { id: userId, name: userId },
});
const begin = (turn: number, message_ids: string[]): SessionEvent => ({
  ...{ type: 'session.turn_started', id: `sevt_turn_${turn}`, turn, message_ids, processed_at },
});

it('names the owner and who wrote the messages of the turn, or of the last that had some', async () => {
  await using session = await openJournalHarness();
  const find = () => findRequesters(session.store, { id: session.sessionId, ownerId: 'user_owner' });
  expect(await find()).toEqual(['user_owner']);
  await session.append(say('sevt_a', 'user_old'), begin(1, ['sevt_a']));
  await session.append(say('sevt_b', 'user_2'), say('sevt_c', 'user_owner'), begin(2, ['sevt_b', 'sevt_c']));
  expect(await find()).toEqual(['user_owner', 'user_2']);
  await session.append(say('sevt_d', 'user_later'), begin(3, []));
  expect(await find()).toEqual(['user_owner', 'user_2']);
});
