import type { PendingApprovalResource, SessionResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { findElsewhere } from './find-elsewhere.ts';
import { countWaiting, describeWord } from './session-level.ts';

it('says that a session needs a person only to those who may answer', () => {
  expect(describeWord('waiting', 'drive')).toBe('Needs your approval');
  expect(describeWord('waiting', 'view')).toBe('Waits for an approval');
  expect(describeWord('question', 'view')).toBe('Waits for an answer');
  expect(describeWord('running', 'view')).toBe('Working');
});

const me = { id: 'user_me', name: 'Me' };
const ada = { id: 'user_ada', name: 'Ada' };

function call(session_id: string, fields: Partial<PendingApprovalResource> = {}): PendingApprovalResource {
  const base = { session_id, may_allow: true, session_visible: true, handed_over: null, owner: me };
  return { ...base, ...fields } as PendingApprovalResource;
}

it('counts what the user may allow: waiting sessions, and calls that were handed to them', () => {
  const stop_reason = { type: 'requires_action', event_ids: ['sevt_1'] } as const;
  const session = (id: string) =>
    ({ id, status: 'idle', archived_at: null, stop_reason, updated_at: '' }) as unknown as SessionResource;
  const handed_over = { by: ada, at: '', note: null };
  const approvals = [
    ...[call('both', { may_allow: false }), call('both'), call('barred', { may_allow: false })],
    ...[call('unseen', { session_visible: false, owner: ada, handed_over }), call('own', { may_allow: false })],
  ];
  const byId = new Map(['both', 'barred'].map((id) => [id, session(id)]));
  const elsewhere = findElsewhere(approvals, { id: me.id, isOperator: true });
  expect([...elsewhere]).toEqual([
    ['barred', 'others'],
    ['own', 'others'],
  ]);
  expect(countWaiting({ byId, approvals, elsewhere })).toBe(2);
  expect(describeWord('waiting', 'own', 'others')).toBe('Waits for somebody else');
});

it('says that a call is with the operators to everybody but the operators who did not hand it over', () => {
  const handed = (by: typeof me) => [call('s', { owner: ada, handed_over: { by, at: '', note: null } })];
  const of = (by: typeof me, isOperator: boolean) => findElsewhere(handed(by), { id: me.id, isOperator }).get('s');
  expect([of(ada, false), of(me, true), of(ada, true)]).toEqual(['operators', 'operators', undefined]);
  expect(describeWord('waiting', 'own', 'operators')).toBe('With the operators');
});
