import { expect, it } from 'vitest';

import { countTextBytes, MAX_TEXT_BYTES } from './text-size.ts';

it('counts what goes over the wire: letters beyond ASCII and what has to be escaped', () => {
  expect(countTextBytes('x'.repeat(1_000_000))).toBe(1_000_002);
  expect(countTextBytes('ä'.repeat(600_000))).toBe(1_200_002);
  expect(countTextBytes('\n'.repeat(600_000))).toBe(1_200_002);
  expect(countTextBytes('\u0001'.repeat(170_000))).toBeLessThan(MAX_TEXT_BYTES);
  expect(countTextBytes('\u0001'.repeat(180_000))).toBeGreaterThan(MAX_TEXT_BYTES);
});
