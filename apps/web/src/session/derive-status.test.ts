import { expect, it } from 'vitest';

import { createRecorder, type EventBody } from '../fixtures/recorder.ts';
import { createScenes } from '../fixtures/scenes.ts';
import { deriveStatus } from './derive-status.ts';
import { reduceEvents } from './reduce-session.ts';
import { emptySessionView } from './session-view.ts';

const scenes = createScenes(Date.parse('2026-01-01T12:00:00Z'));

it.each([
  ['sesn_starting', 'starting'],
  ['sesn_queued', 'queued'],
  ['sesn_running', 'running'],
  ['sesn_retrying', 'retrying'],
  ['sesn_approval', 'waiting'],
  ['sesn_failed', 'failed'],
  ['sesn_stopped', 'idle'],
  ['sesn_asleep', 'asleep'],
  ['sesn_everything', 'idle'],
])('says of %s that it is %s', (id, kind) => {
  const scene = scenes.find((entry) => entry.id === id);
  expect(deriveStatus(reduceEvents(emptySessionView, scene?.events ?? [])).kind).toBe(kind);
});

it('says of a message that waits for a budget that the budget is reached', () => {
  const recorder = createRecorder(Date.parse('2026-01-01T12:00:00Z'));
  recorder.startTurn([recorder.user('Go')]);
  recorder.endTurn();
  recorder.user('And now?');
  recorder.add({ type: 'session.status_idle', stop_reason: { type: 'budget_reached' }, stop_details: null });
  expect(deriveStatus(reduceEvents(emptySessionView, recorder.events))).toEqual({ kind: 'budget' });
});

it('says of a turn that found no room when another try is worth it', () => {
  const recorder = createRecorder(Date.parse('2026-01-01T12:00:00Z'));
  recorder.startTurn([recorder.user('Go')]);
  const error = {
    type: 'overloaded_error',
    message: 'No room',
    retry_status: { type: 'exhausted' },
    retry_after_ms: 5000,
  };
  // A type of the platform's own, which the SDK does not have.
  recorder.add({ type: 'session.error', error } as unknown as EventBody);
  recorder.endTurn();
  const view = reduceEvents(emptySessionView, recorder.events);
  const at = recorder.events.find(({ type }) => type === 'session.error');
  const toldAt = at !== undefined && 'processed_at' in at ? Date.parse(at.processed_at ?? '') : 0;
  expect(deriveStatus(view)).toEqual({ kind: 'overloaded', retryAt: toldAt + 5000 });
});

it.each(['question', 'form of an MCP server'])('says that a %s needs an answer, and no approval', (kind) => {
  const recorder = createRecorder(Date.parse('2026-01-01T12:00:00Z'));
  recorder.startTurn([recorder.user('Go')]);
  const asked = { type: 'session.elicitation_requested', mcp_server_name: 'docs', message: 'Which?' } as const;
  const id =
    kind === 'question'
      ? recorder.ask('AskUserQuestion', { questions: [] }, { title: 'Answer a question' })
      : recorder.add({ ...asked, mode: 'form', fields: [] } as unknown as EventBody);
  recorder.wait([id]);
  const view = reduceEvents(emptySessionView, recorder.events);
  expect(deriveStatus(view)).toEqual({ kind: 'waiting', count: 1, question: true });
});
