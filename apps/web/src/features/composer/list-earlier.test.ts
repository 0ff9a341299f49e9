import { expect, it } from 'vitest';

import { createRecorder } from '../../fixtures/recorder.ts';
import { reduceEvents } from '../../session/reduce-session.ts';
import { emptySessionView } from '../../session/session-view.ts';
import { listEarlier } from './list-earlier.ts';

it('lists what was said, and not what still waits for its turn', () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('First')]);
  const queued = recorder.user('Queued');
  expect(listEarlier(reduceEvents(emptySessionView, recorder.events))).toEqual(['First']);
  recorder.endTurn();
  recorder.startTurn([queued]);
  expect(listEarlier(reduceEvents(emptySessionView, recorder.events))).toEqual(['First', 'Queued']);
});
