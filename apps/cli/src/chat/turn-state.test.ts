import type { SessionEvent, StopReason } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { foldTurn, INITIAL_TURN_STATE } from './turn-state.ts';

const processed_at = '2026-01-01T00:00:00Z';
const idle = (stop_reason: StopReason): SessionEvent => ({
  type: 'session.status_idle',
  id: 'i',
  stop_reason,
  stop_details: null,
  processed_at,
});
const running: SessionEvent = { type: 'session.status_running', id: 's', processed_at };
const toolUse = (id: string): SessionEvent => ({ type: 'agent.tool_use', id, name: 'Bash', input: {}, processed_at });
const confirm = (tool_use_id: string): SessionEvent => ({
  type: 'user.tool_confirmation',
  id: `c_${tool_use_id}`,
  tool_use_id,
  result: 'allow',
  processed_at,
});
const fold = (...events: SessionEvent[]) => events.reduce(foldTurn, INITIAL_TURN_STATE);
const asking = [running, toolUse('a'), toolUse('b'), idle({ type: 'requires_action', event_ids: ['a', 'b'] })];

test('is running from the status that says so until it is idle', () => {
  expect(fold(running).phase).toBe('running');
  expect(fold(running, idle({ type: 'end_turn' }))).toMatchObject({ phase: 'idle', stopReason: { type: 'end_turn' } });
});

test('asks while tool calls wait, and knows what they are', () => {
  const state = fold(...asking);
  expect(state).toMatchObject({ phase: 'asking', waiting: ['a', 'b'] });
  expect(state.toolUses.get('a')?.name).toBe('Bash');
});

test('goes on when all calls are answered, by any person', () => {
  expect(fold(...asking, confirm('a'))).toMatchObject({ phase: 'asking', waiting: ['b'] });
  expect(fold(...asking, confirm('a'), confirm('b'))).toMatchObject({ phase: 'running', waiting: [] });
});

test('does not ask any more when the call was ended', () => {
  const cancelled: SessionEvent = {
    type: 'session.approval_cancelled',
    id: 'x',
    event_id: 'a',
    reason: 'interrupted',
    processed_at,
  };
  expect(fold(...asking, cancelled).waiting).toEqual(['b']);
});

test('remembers which messages a turn has taken', () => {
  const started: SessionEvent = {
    type: 'session.turn_started',
    id: 't',
    turn: 1,
    message_ids: ['m1', 'm2'],
    processed_at,
  };
  expect([...fold(started).takenMessages]).toEqual(['m1', 'm2']);
});
