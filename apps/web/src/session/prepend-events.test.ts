import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createRecorder, type Recorder } from '../fixtures/recorder.ts';
import { createScenes } from '../fixtures/scenes.ts';
import { buildRows } from './build-rows.ts';
import { prependEvents } from './prepend-events.ts';
import { reduceEvents } from './reduce-session.ts';
import { emptySessionView } from './session-view.ts';

const DOCS = { state: 'needed', server_name: 'docs', server_url: 'https://docs.example/', plugin: null } as const;

const steps: Record<string, (recorder: Recorder, memory: { open: string[]; waiting: string[] }) => void> = {
  say: (r) => r.say('Words'),
  tool: (r) => void r.tool('Bash', { command: 'ls' }, { text: 'a' }),
  toolInThread: (r) => void r.tool('Bash', { command: 'ls' }, { text: 'a' }, 'sthr_1'),
  begin: (r, memory) => memory.open.push(r.tool('Bash', { command: 'sleep' }, null)),
  finish: (r, memory) => {
    const id = memory.open.shift();
    if (id !== undefined) r.add({ type: 'agent.tool_result', tool_use_id: id, content: [], is_error: false });
  },
  ask: (r, memory) => {
    const id = r.ask('Bash', { command: 'rm' }, { title: 'Remove' });
    r.wait([id]);
    memory.open.push(id);
  },
  allow: (r, memory) => {
    const id = memory.open.at(-1);
    if (id !== undefined) r.add({ type: 'user.tool_confirmation', tool_use_id: id, result: 'allow' });
  },
  queue: (r, memory) => memory.waiting.push(r.user('Later')),
  withdraw: (r, memory) => {
    const id = memory.waiting.pop();
    if (id !== undefined) r.add({ type: 'session.message_withdrawn', message_id: id });
  },
  turn: (r, memory) => {
    r.startTurn([...memory.waiting.splice(0), r.user('Go')]);
    r.say('Yes');
    r.endTurn();
  },
  start: (r, memory) => r.startTurn([...memory.waiting.splice(0), r.user('Go')]),
  end: (r) => r.endTurn(),
  notice: (r) => void r.add({ type: 'session.notice', level: 'info', text: 'By the way' }),
  signInNeeded: (r) => void r.add({ type: 'session.notice', level: 'warning', text: 'Sign in', sign_in: DOCS }),
  signedIn: (r) =>
    void r.add({ type: 'session.notice', level: 'info', text: 'Done', sign_in: { ...DOCS, state: 'done' } }),
  sleep: (r) => void r.add({ type: 'session.process_hibernated', reason: 'idle' }),
  starting: (r) => void r.add({ type: 'session.process_starting' }),
  rename: (r) => void r.add({ type: 'session.updated', title: 'Another name' }),
  todos: (r) => void r.add({ type: 'session.todos_updated', todos: [{ content: 'x', status: 'pending' }] }),
};

it('gives the same view as folding all anew, wherever the pages are cut', () => {
  const journal = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(journal, fc.array(fc.nat(400), { minLength: 1, maxLength: 4 }), (names, cuts) => {
      const recorder = createRecorder(1_700_000_000_000);
      const memory = { open: [], waiting: [] };
      for (const name of names) steps[name]?.(recorder, memory);
      const { events } = recorder;
      const borders = cuts.map((cut) => cut % (events.length + 1)).toSorted((a, b) => b - a);
      let first = borders[0] ?? 0;
      let view = reduceEvents(emptySessionView, events.slice(first));
      for (const border of [...borders.slice(1), 0]) {
        view = prependEvents(view, events.slice(border, first), events.slice(first));
        first = border;
      }
      const whole = reduceEvents(emptySessionView, events);
      expect(view).toEqual(whole);
      expect([...view.items.keys()]).toEqual([...whole.items.keys()]);
    }),
    { numRuns: 1000 },
  );
});

it('gives the same view of recorded sessions', () => {
  for (const { events } of createScenes(1_700_000_000_000)) {
    for (const part of [0.3, 0.6, 0.9]) {
      const cut = Math.floor(events.length * part);
      const view = reduceEvents(emptySessionView, events.slice(cut));
      const joined = prependEvents(view, events.slice(0, cut), events.slice(cut));
      expect(buildRows(joined)).toEqual(buildRows(reduceEvents(emptySessionView, events)));
    }
  }
});

it('keeps the identity of what stood there already', () => {
  const recorder = createRecorder(1_700_000_000_000);
  for (let turn = 0; turn < 20; turn += 1) {
    recorder.startTurn([recorder.user('Go')]);
    recorder.say('Yes');
    recorder.endTurn();
  }
  const { events } = recorder;
  const view = reduceEvents(emptySessionView, events.slice(60));
  const joined = prependEvents(view, events.slice(0, 60), events.slice(60));
  expect(joined.turns).toHaveLength(20);
  expect(joined.turns.at(-1)).toBe(view.turns.at(-1));
});
