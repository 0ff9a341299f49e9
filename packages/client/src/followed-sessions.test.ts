import type { ServerFrame, SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { createFollowedSessions } from './followed-sessions.ts';

const attach = { type: 'session.attach' as const, id: 'a1', session_id: 'sesn_a', after: 0, tail: 5 };
const attached: ServerFrame = {
  type: 'reply',
  id: 'a1',
  result: { session: {} as never, last_seq: 10, first_seq: 6 },
};
const refused: ServerFrame = { type: 'error', id: 'a1', error: { type: 'not_found_error', message: 'gone' } };
const toEvent = (seq: number): ServerFrame => ({
  type: 'event',
  session_id: 'sesn_a',
  seq,
  event: { type: 'user.interrupt', id: `sevt_${seq}` } as SessionEvent,
});

test('begins where the server said, then after the last event', () => {
  const followed = createFollowedSessions();
  followed.change(attach);
  expect(followed.toFrames()).toEqual([attach]);
  expect(followed.receive(attached)).toBe('pass');
  expect(followed.toFrames()).toEqual([{ type: 'session.attach', id: 'a1', session_id: 'sesn_a', after: 5 }]);
  followed.receive(toEvent(6));
  expect(followed.toFrames()).toMatchObject([{ after: 6 }]);
});

test('keeps the answer to a repeated attach to itself', () => {
  const followed = createFollowedSessions();
  followed.change(attach);
  followed.receive(attached);
  expect(followed.receive(attached)).toBe('swallow');
  expect(followed.receive(toEvent(6))).toBe('pass');
});

test('follows what could not be attached no longer, and says when that happens later', () => {
  const followed = createFollowedSessions();
  followed.change(attach);
  expect(followed.receive(refused)).toBe('pass');
  expect(followed.toFrames()).toEqual([]);
  followed.change(attach);
  followed.receive(attached);
  expect(followed.receive(refused)).toBe('broken');
});

test('carries the watch of the list beside the sessions, and drops what is detached', () => {
  const followed = createFollowedSessions();
  followed.change(attach);
  followed.change({ type: 'sessions.watch', id: 'w1' });
  followed.change({ type: 'session.detach', id: 'd1', session_id: 'sesn_a' });
  expect(followed.toFrames()).toEqual([{ type: 'sessions.watch', id: 'w1' }]);
});
