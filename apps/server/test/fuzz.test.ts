import { expect, it } from 'vitest';

import { countInputs, runFuzz } from '../../../bench/src/fuzz/run-fuzz.ts';

const INPUTS = 4000;
const TIMEOUT_MS = 180_000;

it(
  'answers malformed frames and requests as the protocol says, and serves others meanwhile',
  async () => {
    const { tally } = await runFuzz({ inputs: INPUTS, seed: 1 });
    expect(tally.problems).toEqual([]);
    expect(countInputs(tally.counts)).toBeGreaterThanOrEqual(INPUTS);
  },
  TIMEOUT_MS,
);
