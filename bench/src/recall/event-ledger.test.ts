import { describe, expect, it } from 'vitest';

import { compareToStore, createEventLedger } from './event-ledger.ts';

describe('createEventLedger', () => {
  it('finds nothing wrong with events that come once and in order', () => {
    const ledger = createEventLedger();
    for (const seq of [1, 2, 3]) ledger.note(seq, `e${seq}`);
    expect(ledger.faults).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 });
    expect(ledger.ids).toEqual(['e1', 'e2', 'e3']);
  });

  it('counts what was skipped, what came again, and another event under a number that was given', () => {
    const ledger = createEventLedger();
    for (const [seq, id] of [
      [1, 'a'],
      [4, 'd'],
      [4, 'd'],
      [1, 'x'],
    ] as const)
      ledger.note(seq, id);
    expect(ledger.faults).toEqual({ lost: 2, doubled: 1, outOfOrder: 1 });
  });
});

describe('compareToStore', () => {
  it('counts what is stored and was not seen, and what was seen and is not stored', () => {
    expect(compareToStore(['a', 'b'], ['a', 'b', 'c'])).toEqual({ lost: 1, doubled: 0, outOfOrder: 0 });
    expect(compareToStore(['a', 'x', 'c'], ['a', 'b'])).toEqual({ lost: 0, doubled: 0, outOfOrder: 2 });
    expect(compareToStore(['a'], ['a'])).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 });
  });
});
