import type { ListedEvent } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { cutAtHead, followPath, joinBranch } from './conversation-path.ts';

const at = (seq: number, type = 'agent.message', more: object = {}) =>
  ({ id: `e${seq}`, seq, type, processed_at: '2026-02-01T12:00:00.000Z', ...more }) as unknown as ListedEvent;
const branched = (seq: number, head: number) => at(seq, 'session.branched', { head_seq: head });
const seqs = (events: readonly ListedEvent[] | null) => events?.map(({ seq }) => seq);

const journal = [at(1), at(2), at(3), at(4, 'session.usage'), at(5), branched(6, 2), at(7), at(8)];

it('skips what belongs to other branches, and keeps what is true of the session', () => {
  const page = followPath(journal, 9);
  expect(seqs(page.events)).toEqual([1, 2, 4, 6, 7, 8]);
  expect(page.before).toBe(1);
  const twice = followPath([...journal, branched(9, 5), at(10)], 11);
  expect(seqs(twice.events)).toEqual([1, 2, 3, 4, 5, 9, 10]);
});

it('says where the conversation goes on when it left the page', () => {
  expect(followPath(journal.slice(4), 9)).toMatchObject({ before: 3 });
  expect(seqs(followPath(journal.slice(4), 9).events)).toEqual([6, 7, 8]);
  expect(followPath(journal.slice(6), 9).before).toBe(7);
});

it('cuts the conversation at the head of a branch that begins in it', () => {
  const { events } = followPath(journal, 9);
  expect(seqs(cutAtHead(events, 7))).toEqual([1, 2, 4, 6, 7]);
  expect(seqs(cutAtHead(events, 0))).toEqual([4]);
  expect(cutAtHead(events, 5)).toBeNull();
  // It is loaded, but in another branch.
  expect(cutAtHead(events, 4)).toBeNull();
});

it('keeps the loaded events that another branch has too', () => {
  const loaded = followPath(journal, 9);
  const other = { events: followPath(journal.slice(1, 5), 6).events, before: 2 };
  expect(seqs(joinBranch(loaded, other).events)).toEqual([1, 2, 3, 4, 5]);
  const apart = { events: [at(3), at(5)], before: 3 };
  expect(joinBranch(loaded, apart)).toEqual(apart);
  const used = { events: [...loaded.events, at(9, 'session.usage')], before: 1 };
  expect(seqs(joinBranch(used, other).events)).toEqual([1, 2, 3, 4, 5, 9]);
  expect(seqs(joinBranch(used, apart).events)).toEqual([3, 5, 9]);
});
