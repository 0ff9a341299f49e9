import { expect, it } from 'vitest';

import { emptySessionView, type ProcessView, type SessionView } from './session-view.ts';
import { createWakeHint } from './wake-hint.ts';

const asleep = (): ProcessView => ({ state: 'hibernated', reason: 'idle' });
const ready: ProcessView = { state: 'ready', start: 'resumed', durationMs: 800 };

function createCounted() {
  let count = 0;
  const hint = createWakeHint(() => (count += 1));
  const note = (view: Partial<SessionView>) => {
    hint.note({ ...emptySessionView, ...view });
    return count;
  };
  return { note, reset: hint.reset };
}

it('asks once however much is typed, and again when the session fell asleep meanwhile', () => {
  const { note } = createCounted();
  const first = asleep();
  expect([note({ process: first }), note({ process: first })]).toEqual([1, 1]);
  expect(note({ process: ready })).toBe(1);
  expect(note({ process: asleep() })).toBe(2);
});

it('asks nothing while a turn runs, an approval waits or a message is queued', () => {
  const { note } = createCounted();
  expect(note({ activity: 'running', process: asleep() })).toBe(0);
  expect(note({ stop: { type: 'requires_action', event_ids: ['a'] }, process: asleep() })).toBe(0);
  expect(note({ waitingIds: ['a'], process: asleep() })).toBe(0);
});

it('doubts a process that was ready once for every connection, as a killed server cannot tell', () => {
  const { note, reset } = createCounted();
  expect([note({ process: ready }), note({ process: ready })]).toEqual([1, 1]);
  reset();
  expect(note({ process: ready })).toBe(2);
});
