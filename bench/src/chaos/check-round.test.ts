import { expect, it } from 'vitest';

import { createTally } from '../soak/tally.ts';
import { toMessageText } from '../recall/message-text.ts';
import type { ChaosClient } from './chaos-client.ts';
import { checkCreated, checkSession } from './check-round.ts';
import { createFrameLedger, type OnceFrame } from './frame-ledger.ts';
import type { StoredEvent } from './server-view.ts';
import { createSessionView } from './session-view.ts';

const SESSION = 'sesn_1';

/** A round with two sent messages in which nothing is wrong. Each test breaks one thing. */
function play() {
  const tally = createTally();
  const ledger = createFrameLedger('r1', tally);
  const frames = [1, 2].map(() => ledger.makeSend(SESSION, { talking: true }));
  const stored: StoredEvent[] = frames.map(({ id }, index) => ({
    ...{ id: `sevt_${index + 1}`, seq: index + 1, type: 'user.message', text: toMessageText('note', id) },
    ...{ title: undefined, messageIds: [] },
  }));
  const answer = ({ id }: OnceFrame, seq: number) =>
    ledger.answer({ type: 'reply', id, result: { events: [{ id: `sevt_${seq}`, seq }] } });
  frames.forEach((frame, index) => answer(frame, index + 1));
  const view = createSessionView('a reader', () => undefined);
  view.begin(1);
  for (const { seq, id } of stored) view.note(seq, id);
  const recalled = frames.map(({ id }) => id);
  const check = () => {
    const client = { name: 'a reader', views: new Map([[SESSION, view]]) } as Partial<ChaosClient> as ChaosClient;
    checkSession({ id: SESSION, talking: true, stored, recalled }, { ledger, clients: [client], tally });
    return [...new Set(tally.problems.map((problem) => problem.split(' ')[1]))];
  };
  return { ledger, tally, frames, stored, view, recalled, answer, check };
}

it('has nothing to say of a round in which everything is as it must be', () => {
  expect(play().check()).toEqual([]);
});

it('finds a message that was acknowledged and is not stored, or is stored twice', () => {
  const lost = play();
  lost.stored.pop();
  expect(lost.check()).toContain('sends.lost:');
  const doubled = play();
  const again = doubled.stored[0];
  if (again) doubled.stored.push({ ...again, id: 'sevt_3', seq: 3 });
  expect(doubled.check()).toContain('sends.doubled:');
});

it('finds an event that a reader has not seen, and one that is stored otherwise', () => {
  const unseen = play();
  const [first] = unseen.stored;
  if (first) unseen.stored.push({ ...first, id: 'sevt_3', seq: 3, type: 'agent.message', text: '' });
  expect(unseen.check()).toEqual(['events.lost:']);
  const other = play();
  other.view.note(3, 'sevt_x');
  if (first) other.stored.push({ ...first, id: 'sevt_3', seq: 3, type: 'agent.message', text: '' });
  expect(other.check()).toEqual(['events.outOfOrder:']);
});

it('finds an answer that differs from the first', () => {
  const round = play();
  if (round.frames[0]) round.answer(round.frames[0], 2);
  expect(round.check()).toEqual(['answers.differing:']);
});

it('finds messages that the model was not told, was told twice, or in another order', () => {
  const lost = play();
  lost.recalled.pop();
  expect(lost.check()).toEqual(['messages.lost:']);
  const doubled = play();
  doubled.recalled.push(...doubled.recalled.slice(0, 1));
  expect(doubled.check()).toEqual(['messages.doubled:']);
  const turned = play();
  turned.recalled.reverse();
  expect(turned.check()).toEqual(['messages.outOfOrder:']);
});

it('finds a session that was made twice, and one that was never made', () => {
  const { ledger, tally } = play();
  const made = [ledger.makeCreate(), ledger.makeCreate()].flatMap((frame) =>
    frame.type === 'session.create' ? [frame.session.title] : [],
  );
  const [first = '', second = ''] = made;
  ledger.answer({ type: 'reply', id: first, result: { session: { id: 'sesn_a' } } as never });
  ledger.answer({ type: 'reply', id: second, result: { session: { id: 'sesn_b' } } as never });
  checkCreated(
    [
      { id: 'sesn_a', title: first },
      { id: 'sesn_c', title: first },
    ],
    { ledger, tally },
  );
  expect(tally.counts).toMatchObject({ 'sends.doubled': 1, 'sends.lost': 1 });
});
