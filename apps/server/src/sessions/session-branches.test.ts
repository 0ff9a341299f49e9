import { findConversationPath } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { findTurnsOnPath, toHead, type Branches } from '../journal/branches.ts';
import { findBranchPlaces } from './session-branches.ts';

/** a at 3, b at 8; b2 in place of b at 13; rewound before b2 at 17; back to b at 19, where c follows at 21; rewound at 25. */
const branches: Branches = {
  branchings: [
    { seq: 11, headSeq: 6, eventId: 'sevt_1', reason: 'edited', messageId: 'b' },
    { seq: 17, headSeq: 6, eventId: 'sevt_2', reason: 'rewound', messageId: 'b2' },
    { seq: 19, headSeq: 10, eventId: 'sevt_3', reason: 'switched', messageId: 'b' },
    { seq: 25, headSeq: 20, eventId: 'sevt_4', reason: 'rewound', messageId: 'c' },
  ],
  turns: [
    { seq: 3, messageIds: ['a'] },
    { seq: 8, messageIds: ['b'] },
    { seq: 13, messageIds: ['b2'] },
    { seq: 21, messageIds: ['c'] },
  ],
};

it('leads from each event back to where its branch began', () => {
  const at = (seq: number) => findConversationPath(branches.branchings, seq);
  expect(at(9)).toEqual([{ first: 1, last: 9 }]);
  expect(at(15)).toEqual([
    { first: 1, last: 6 },
    { first: 11, last: 15 },
  ]);
  expect(at(30)).toEqual([
    { first: 1, last: 10 },
    { first: 19, last: 20 },
    { first: 25, last: 30 },
  ]);
  expect(findTurnsOnPath(branches, 15).map(({ seq }) => seq)).toEqual([3, 13]);
});

it('has one head for all that goes on from one place', () => {
  expect(toHead(branches, 6)).toBe(6);
  expect(toHead(branches, 12)).toBe(6);
  expect(toHead(branches, 14)).toBe(14);
  expect(toHead(branches, 26)).toBe(10);
});

it('names the messages that begin each way, and the one that the conversation goes', () => {
  const place = { head_seq: 6, message_ids: ['b', 'b2'], current_id: 'b' };
  expect(findBranchPlaces(branches, 30)).toEqual([place]);
  expect(findBranchPlaces(branches, 18)).toEqual([{ ...place, current_id: null }]);
  expect(findBranchPlaces({ ...branches, branchings: [] }, 30)).toEqual([]);
});
