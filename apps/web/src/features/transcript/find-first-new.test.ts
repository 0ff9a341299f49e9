import { expect, it } from 'vitest';

import { createRecorder } from '../../fixtures/recorder.ts';
import { buildRows } from '../../session/build-rows.ts';
import { reduceEvents } from '../../session/reduce-session.ts';
import { emptySessionView } from '../../session/session-view.ts';
import { findFirstNew } from './find-first-new.ts';

function record() {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  recorder.say('First');
  const leftAt = recorder.events.length;
  return { recorder, leftAt, rows: () => buildRows(reduceEvents(emptySessionView, recorder.events)) };
}

it('finds what came while its reader was away, and nothing where nothing came', () => {
  const { recorder, leftAt, rows } = record();
  expect(findFirstNew(rows(), leftAt, 'me')).toBeNull();
  recorder.say('Second');
  expect(findFirstNew(rows(), leftAt, 'me')).toBe(rows().at(-1)?.key);
  expect(findFirstNew(rows(), null, 'me')).toBeNull();
});

it('takes the own message of its reader for no news, but that of somebody else', () => {
  const { recorder, leftAt, rows } = record();
  recorder.endTurn();
  const message = recorder.user('And on');
  recorder.startTurn([message]);
  recorder.say('Second');
  expect(findFirstNew(rows(), leftAt, 'user_1')).toBeNull();
  expect(findFirstNew(rows(), leftAt, 'user_2')).toBe(message);
});
