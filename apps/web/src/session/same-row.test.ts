import { expect, it } from 'vitest';

import { createRecorder } from '../fixtures/recorder.ts';
import { buildRows, type Row } from './build-rows.ts';
import { reduceEvents, reduceSession } from './reduce-session.ts';
import { isSameRow } from './same-row.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

const AT = 1_700_000_000_000;

const findRow = (view: SessionView, kind: Row['kind']): Row => {
  const row = buildRows(view).find((one) => one.kind === kind);
  if (row === undefined) throw new Error(`No ${kind} row`);
  return row;
};

it('tells a text whose line broke from the same text that is known to be cut off', () => {
  const recorder = createRecorder(AT);
  recorder.startTurn([recorder.user('Go')]);
  const reading = reduceSession(reduceEvents(emptySessionView, recorder.events), [
    { type: 'preview', at: AT, event: { type: 'event_start', event: { type: 'agent.message', id: 'm1' } } },
    {
      type: 'preview',
      at: AT,
      event: {
        type: 'event_delta',
        event_id: 'm1',
        delta: { type: 'content_delta', content: { type: 'text', text: 'Hel' } },
      },
    },
  ]);
  const attached = reduceSession(reading, [{ type: 'attached' }]);
  recorder.add({ type: 'session.process_restarting', reason: 'The server was restarted' });
  const restarted = reduceEvents(attached, recorder.events);

  expect(isSameRow(findRow(reading, 'text'), findRow(attached, 'text'))).toBe(false);
  expect(isSameRow(findRow(attached, 'text'), findRow(restarted, 'text'))).toBe(false);
});

it('takes a text for the same when only its event has come in place of the preview', () => {
  const item = { kind: 'text', id: 'm1', threadId: null, text: 'Hi', streaming: false } as const;
  const row = { kind: 'text', key: 'm1', blocks: [], first: true, last: true, opensTurn: true } as const;
  expect(isSameRow({ ...row, item: { ...item, seq: 1e9, at: 1 } }, { ...row, item: { ...item, seq: 4, at: 2 } })).toBe(
    true,
  );
});

it('tells the end of a turn from the same end with a remark behind it, which its buttons read', () => {
  const recorder = createRecorder(AT);
  recorder.startTurn([recorder.user('Go')]);
  recorder.say('Done');
  recorder.endTurn();
  const done = reduceEvents(emptySessionView, recorder.events);
  recorder.add({ type: 'session.notice', level: 'info', text: 'By the way' });
  const remarked = reduceEvents(done, recorder.events);
  expect(isSameRow(findRow(done, 'turn-end'), findRow(remarked, 'turn-end'))).toBe(false);
});

it('takes rows built twice from one view for the same', () => {
  const recorder = createRecorder(AT);
  recorder.startTurn([recorder.user('Go')]);
  recorder.tool('Read', { file_path: 'a' }, { text: 'A' });
  recorder.think('Hm', 100);
  recorder.say('Done');
  const view = reduceEvents(emptySessionView, recorder.events);
  const again = buildRows(view);
  expect(buildRows(view).map((row, index) => isSameRow(row, again[index] as Row))).toEqual(again.map(() => true));
});
