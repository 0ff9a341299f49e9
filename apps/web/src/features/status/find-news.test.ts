import { expect, it } from 'vitest';

import { createRecorder, type Recorder } from '../../fixtures/recorder.ts';
import { reduceEvents } from '../../session/reduce-session.ts';
import { emptySessionView, type SessionView } from '../../session/session-view.ts';
import { findNews } from './find-news.ts';

/** The view before and after what `act` records. */
function change(recorder: Recorder, act: () => void): [before: SessionView, after: SessionView] {
  const before = reduceEvents(emptySessionView, recorder.events);
  act();
  return [before, reduceEvents(emptySessionView, recorder.events)];
}

it('tells that the agent works when a turn begins, and how it ended', () => {
  const recorder = createRecorder(1_700_000_000_000);
  const begun = change(recorder, () => recorder.startTurn([recorder.user('Go')]));
  expect(findNews(...begun, { mayAnswer: true })).toEqual({ kind: 'works', text: 'Claude is working' });
  const ended = change(recorder, () => {
    recorder.say('Three short words');
    recorder.endTurn();
  });
  expect(findNews(...ended, { mayAnswer: true })).toEqual({ kind: 'rests', text: 'Answer finished, 3 words' });
});

it('tells of a call that asks, and not that the agent works before a person has answered', () => {
  const recorder = createRecorder(1_700_000_000_000);
  let asked = '';
  recorder.startTurn([recorder.user('Go')]);
  const asking = change(recorder, () => {
    asked = recorder.ask('Bash', { command: 'rm' }, { title: 'Remove' });
    recorder.wait([asked]);
  });
  expect(findNews(...asking, { mayAnswer: true })).toEqual({
    kind: 'asks',
    text: 'The agent needs your approval: Remove',
  });
  expect(findNews(...asking, { mayAnswer: false })).toEqual({
    kind: 'waits',
    text: 'The agent waits for an approval: Remove',
  });
  const queued = change(recorder, () => recorder.add({ type: 'session.status_running' }));
  expect(findNews(...queued, { mayAnswer: true })).toBeNull();
  const answered = change(recorder, () =>
    recorder.add({ type: 'user.tool_confirmation', tool_use_id: asked, result: 'allow' }),
  );
  expect(findNews(...answered, { mayAnswer: true })).toEqual({ kind: 'works', text: 'Claude is working' });
});
