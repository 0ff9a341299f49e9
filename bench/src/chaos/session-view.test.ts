import { expect, it } from 'vitest';

import { createSessionView } from './session-view.ts';

function watch() {
  const violations: string[] = [];
  const view = createSessionView('a view', (kind) => violations.push(kind));
  return { view, violations };
}

it('takes a gapless stream, and the same events again for whoever attaches further back', () => {
  const { view, violations } = watch();
  view.begin(1);
  for (const seq of [1, 2, 3]) view.note(seq, `sevt_${seq}`);
  view.end();
  view.begin(2);
  for (const seq of [2, 3, 4]) view.note(seq, `sevt_${seq}`);
  expect(violations).toEqual([]);
  expect(view.contiguous).toBe(4);
});

it.each([
  ['a gap', [1, 3], ['lost']],
  ['a repeat', [1, 2, 1], ['doubled']],
  ['what was left out coming late', [2, 1], ['lost', 'outOfOrder']],
])('tells of %s', (_, seqs, expected) => {
  const { view, violations } = watch();
  view.begin(1);
  for (const seq of seqs) view.note(seq, `sevt_${seq}`);
  expect(violations).toEqual(expected);
});

it('tells of another event under a known number, and of events that nobody follows', () => {
  const { view, violations } = watch();
  view.begin(1);
  view.note(1, 'sevt_a');
  view.begin(1);
  view.note(1, 'sevt_b');
  view.end();
  view.note(2, 'sevt_c');
  expect(violations).toEqual(['outOfOrder', 'doubled']);
});
