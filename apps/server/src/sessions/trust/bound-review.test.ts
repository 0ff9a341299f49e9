import { expect, it } from 'vitest';

import type { Brought } from '../../workspaces/brought/read-brought.ts';
import { createReviewBound } from './bound-review.ts';

const bring = (text: string): Brought => ({
  ...{ hooks: {}, servers: {}, allow: [], files: [], digest: 'digest', problem: null },
  items: [{ kind: 'skill', name: 'a', path: 'a', runs: true, text }],
});

it('shows a place whole or not at all, and lets nothing be trusted that it does not show', () => {
  const bound = createReviewBound(1000);
  const [first, second] = [bring('x'.repeat(500)), bring('x'.repeat(400))];
  expect(bound(first)).toBe(first);
  expect(bound(second)).toMatchObject({
    items: [],
    digest: 'digest',
    problem: expect.stringContaining('than can be shown'),
  });
  // What is smaller has room behind it.
  const third = bring('x'.repeat(100));
  expect(bound(third)).toBe(third);
});
