import { expect, it } from 'vitest';

import { createTypingHint } from './typing-hint.ts';

it('tells seldom that somebody writes, and at once that they have deleted it', () => {
  const told: boolean[] = [];
  let now = 0;
  const hint = createTypingHint(
    (typing) => told.push(typing),
    () => now,
  );
  hint(false);
  hint(true);
  now = 1000;
  hint(true);
  expect(told).toEqual([true]);
  hint(false);
  hint(false);
  hint(true);
  expect(told).toEqual([true, false, true]);
});
