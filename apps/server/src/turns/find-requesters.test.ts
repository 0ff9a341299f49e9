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

const confirm = (id: string, userId: string, more: object): SessionEvent => ({
  ...{ type: 'user.tool_confirmation', id, tool_use_id: 'sevt_call', result: 'deny', processed_at },
  ...{ actor: { id: userId, name: userId }, ...more },
});

it('names the owner and everybody who ever wrote a message, for the agent remembers them', async () => {
  await using session = await openJournalHarness();
  const find = () => findRequesters(session.store, { id: session.sessionId, ownerId: 'user_owner' });
  expect(await find()).toEqual(['user_owner']);
  await session.append(say('sevt_a', 'user_old'), begin(1, ['sevt_a']));
  await session.append(say('sevt_b', 'user_2'), say('sevt_c', 'user_owner'), begin(2, ['sevt_c']));
  expect(await find()).toEqual(['user_owner', 'user_old', 'user_2']);
});

it('names who told the agent something by an answer, and nobody who only allowed or denied', async () => {
  await using session = await openJournalHarness();
  const find = () => findRequesters(session.store, { id: session.sessionId, ownerId: 'user_owner' });
  await session.append(say('sevt_a', 'user_owner'), begin(1, ['sevt_a']));
  await session.append(confirm('sevt_d', 'user_plain', {}), confirm('sevt_e', 'user_plain', { result: 'allow' }));
  await session.append(confirm('sevt_f', 'user_denies', { deny_message: 'Instead run: ls' }));
  await session.append(confirm('sevt_g', 'user_answers', { result: 'allow', answers: { 'Which?': 'rm' } }));
  await session.append(confirm('sevt_h', 'user_fills', { result: 'allow', content: { path: '/' } }));
  expect(await find()).toEqual(['user_owner', 'user_denies', 'user_answers', 'user_fills']);
});
