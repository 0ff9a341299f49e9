import type { PendingApprovalResource, SessionResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { countWaiting, describeWord } from './session-level.ts';
import { toBarred } from './waiting-approvals.ts';

it('says that a session needs a person only to those who may answer', () => {
  expect(describeWord('waiting', 'drive')).toBe('Needs your approval');
  expect(describeWord('waiting', 'view')).toBe('Waits for an approval');
  expect(describeWord('question', 'view')).toBe('Waits for an answer');
  expect(describeWord('running', 'view')).toBe('Working');
});

it('counts what the user may allow: waiting sessions, and calls that were handed to them', () => {
  const stop_reason = { type: 'requires_action', event_ids: ['sevt_1'] } as const;
  const session = (id: string) =>
    ({ id, status: 'idle', archived_at: null, stop_reason }) as unknown as SessionResource;
  const call = (session_id: string, may_allow: boolean, session_visible = true) =>
    ({ session_id, may_allow, session_visible }) as PendingApprovalResource;
  const approvals = [
    ...[call('both', false), call('both', true), call('barred', false), call('unseen', true, false)],
    call('own', false, false),
  ];
  const byId = new Map(['both', 'barred'].map((id) => [id, session(id)]));
  const barred = toBarred(approvals);
  expect([...barred]).toEqual(['barred', 'own']);
  expect(countWaiting({ byId, approvals, barred })).toBe(2);
  expect(describeWord('waiting', 'own', true)).toBe('Waits for somebody else');
});
