import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { createRecorder, type Recorder } from '../fixtures/recorder.ts';
import { deriveStatus } from './derive-status.ts';
import { reduceEvents } from './reduce-session.ts';
import { deriveListedStatus, toSessionWord, toStatusWord, type SessionWord } from './session-word.ts';
import { emptySessionView } from './session-view.ts';

const listed = (more: Partial<SessionResource>) =>
  ({ archived_at: null, status: 'idle', stop_reason: null, process: 'live', last_seq: 9, ...more }) as SessionResource;

const asks = (name: string) => (r: Recorder) => r.wait([r.ask(name, {}, { title: name })]);

it.each<[SessionWord, (r: Recorder) => void, Partial<SessionResource>]>([
  ['waiting', asks('Bash'), { stop_reason: { type: 'requires_action', event_ids: ['a'] } }],
  [
    'question',
    asks('AskUserQuestion'),
    { stop_reason: { type: 'requires_action', event_ids: ['a'], waits_for: 'answer' } },
  ],
  ['running', (r) => r.add({ type: 'session.status_running' }), { status: 'running' }],
  ['queued', (r) => r.add({ type: 'session.process_queued', position: 1 }), { process: 'queued' }],
  ['starting', (r) => r.add({ type: 'session.process_starting' }), { process: 'starting' }],
  ['asleep', (r) => r.add({ type: 'session.process_hibernated', reason: 'idle' }), { process: 'none' }],
  ['ended', (r) => r.add({ type: 'session.status_terminated' }), { status: 'terminated' }],
  ['idle', () => {}, {}],
])('says %s of a session whose events are here and of one that is only listed', (word, write, more) => {
  const recorder = createRecorder(1_700_000_000_000);
  write(recorder);
  expect(toStatusWord(deriveStatus(reduceEvents(emptySessionView, recorder.events)))).toBe(word);
  expect(toSessionWord(listed(more))).toBe(word);
});

it('says of a fork, whose events tell of the process of another session, what the list says', () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  recorder.endTurn();
  recorder.add({ type: 'session.process_ready', start: 'cold', duration_ms: 1 });
  const view = reduceEvents(emptySessionView, recorder.events);
  for (const process of ['none', 'live'] as const)
    expect(toStatusWord(deriveListedStatus(view, listed({ process })))).toBe(toSessionWord(listed({ process })));
  expect(toStatusWord(deriveListedStatus(view, null))).toBe('idle');
});
