import { expect, it } from 'vitest';

import { createPluginUse } from './plugin-use.ts';

const clock = { now: () => Date.parse('2026-01-01T00:00:00Z') };

it('counts calls, errors, starts and restarts of a part, and says what was last wrong with it', () => {
  const use = createPluginUse(clock);
  const [one, other] = [0, 1].map(() => use.of({ plugin: 'p', version: '1', kind: 'mcp_server', name: 'docs' }));
  one?.noteStart('connected');
  other?.noteStart('failed', 'nobody is there', { remedy: 'Start it', output: 'oops' });
  const lastProblem = { text: 'nobody is there', remedy: 'Start it', output: 'oops' };
  expect(use.list('p', '1')).toMatchObject([{ connected: 1, isFailing: true, lastProblem }]);
  other?.noteStart('connected');
  one?.beginCall('find')('ok');
  one?.beginCall('find')('error', undefined, { remedy: 'Lead it elsewhere' });
  one?.beginCall('find')('stopped');
  expect(use.list('p', '1')).toMatchObject([
    {
      connected: 2,
      isFailing: false,
      lastProblem: { text: 'A call of find was answered with an error', remedy: 'Lead it elsewhere' },
    },
  ]);
  one?.beginCall('find')('failed', 'it fell over');
  one?.noteEnd('it ended with exit code 7');
  one?.noteStart('connected');
  other?.noteClosed();
  other?.noteClosed();
  expect(use.list('p', '1')).toEqual([
    {
      ...{ kind: 'mcp_server', name: 'docs', connected: 1, isFailing: false, calls: 4, errors: 2 },
      ...{ starts: 3, restarts: 1, failedStarts: 1, lastCallAtMs: clock.now() },
      ...{ p50Ms: expect.any(Number) as number, p95Ms: expect.any(Number) as number },
      lastProblem: { atMs: clock.now(), text: 'it ended with exit code 7' },
    },
  ]);
  expect(use.list('other', '1')).toEqual([]);
  // Another version begins anew, and what still runs of the one before says nothing of it.
  expect(use.list('p', '2')).toEqual([]);
  one?.noteEnd('it ended with exit code 7');
  expect(use.list('p', '2')).toEqual([]);
});

it('keeps the times of the last calls and the parts that were used last', () => {
  const use = createPluginUse(clock);
  const part = use.of({ plugin: 'p', version: '1', kind: 'endpoints', name: 'endpoints' });
  for (let count = 0; count < 2000; count += 1) part.beginCall('x')('ok');
  for (let count = 0; count < 499; count += 1)
    use.of({ plugin: `p${count}`, version: '1', kind: 'mcp_server', name: 's' }).noteStart('connected');
  expect(use.list('p', '1')).toMatchObject([{ calls: 2000 }]);
  use.of({ plugin: 'more', version: '1', kind: 'mcp_server', name: 's' }).noteStart('connected');
  expect([use.list('p', '1'), use.list('more', '1')]).toMatchObject([[], [{ starts: 1 }]]);
  use.keepOnly(new Set(['p1']));
  expect([use.list('more', '1'), use.list('p1', '1')]).toMatchObject([[], [{ starts: 1 }]]);
});
