import { expect, it } from 'vitest';

import { readInSlices, type TimeSlice } from './read-in-slices.ts';

const month = { from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' };

async function listSlices(kind: 'sqlite' | 'postgres', read: () => Promise<void> = () => Promise.resolve()) {
  const slices: TimeSlice[] = [];
  await readInSlices(kind, month, async (slice) => {
    slices.push(slice);
    await read();
  });
  return slices;
}

it('reads the whole time of SQLite once, in slices between which other work runs', async () => {
  let others = 0;
  const ticking = setInterval(() => (others += 1));
  const slices = await listSlices('sqlite', async () => {
    const until = performance.now() + 2;
    while (performance.now() < until);
  });
  clearInterval(ticking);
  expect(slices.length).toBeGreaterThan(2);
  expect(others).toBeGreaterThan(0);
  expect([slices[0]?.from, slices.at(-1)?.to]).toEqual([month.from, month.to]);
  expect(slices.slice(1).map(({ from }) => from)).toEqual(slices.slice(0, -1).map(({ to }) => to));
});

it('reads the time of PostgreSQL at once', async () => {
  expect(await listSlices('postgres')).toEqual([month]);
});
