import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toFairOrder } from './fair-order.ts';

const order = (names: string, held: Record<string, number> = {}) =>
  toFairOrder(
    names.split('').map((ownerId, index) => ({ ownerId, index })),
    new Map(Object.entries(held)),
  )
    .map(({ ownerId }) => ownerId)
    .join('');

describe('the order of those who wait', () => {
  it('is that of their coming for one user each', () => {
    expect(order('bca')).toBe('bca');
  });

  it('lets users take turns, however many requests one of them has', () => {
    expect(order('aaaabc')).toBe('abcaaa');
    expect(order('aaabb')).toBe('ababa');
  });

  it('puts whoever holds places behind those who hold none', () => {
    expect(order('ab', { a: 1 })).toBe('ba');
    // b stands at 1 and 2, a at 2 and 3.
    expect(order('aabb', { a: 2, b: 1 })).toBe('baba');
  });

  it('keeps everybody once, and each user in the order of its own requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c')),
        fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(5)),
        (names, held) => {
          const waiting = names.map((ownerId, index) => ({ ownerId, index }));
          const result = toFairOrder(waiting, new Map(Object.entries(held)));
          expect(result.toSorted((a, b) => a.index - b.index)).toEqual(waiting);
          for (const name of ['a', 'b', 'c']) {
            const own = result.filter(({ ownerId }) => ownerId === name).map(({ index }) => index);
            expect(own).toEqual(own.toSorted((a, b) => a - b));
          }
        },
      ),
    );
  });
});
