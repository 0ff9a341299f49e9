import { describe, expect, it } from 'vitest';

import { newEvents } from './contract/back-end.ts';
import type { RowsToAppend } from './event-rows.ts';
import { createGroupAppend } from './group-append.ts';
import { StoreError } from './store-error.ts';

/** Appends whose writes the test finishes itself, in the order in which they began. */
function openGroupAppend(maxInFlight = 1) {
  const batches: {
    sessions: string[];
    commit: (lastSeqs: Record<string, number>) => void;
    finish: (lastSeqs: Record<string, number>) => void;
    fail: (e: unknown) => void;
  }[] = [];
  const alone: string[] = [];
  const append = createGroupAppend({
    writeBatch: (batch: readonly RowsToAppend[], onCommitted) => {
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, number>>();
      batches.push({
        sessions: batch.map(({ sessionId }) => sessionId),
        commit: (lastSeqs) => onCommitted(new Map(Object.entries(lastSeqs))),
        finish: (lastSeqs) => resolve(new Map(Object.entries(lastSeqs))),
        fail: reject,
      });
      return promise;
    },
    appendAlone: async (sessionId) => {
      alone.push(sessionId);
      return 7;
    },
    check: () => undefined,
    now: () => '2026-02-01T12:00:00.000Z',
    maxInFlight,
  });
  const written = () => batches.map(({ sessions }) => sessions);
  return { append: (id: string, count = 1) => append(id, 1, newEvents(count)), batches, written, alone };
}

describe('appending in groups', () => {
  it('writes at once what finds nothing in flight, and together what came meanwhile, one of each session', async () => {
    const { append, batches, written } = openGroupAppend();
    const first = append('a');
    expect(written()).toEqual([['a']]);
    const others = [append('b', 2), append('c'), append('b')];
    expect(written()).toEqual([['a']]);
    batches[0]?.finish({ a: 1 });
    expect(await first).toBe(1);
    expect(written()).toEqual([['a'], ['b', 'c']]);
    batches[1]?.finish({ b: 2, c: 9 });
    expect(await Promise.all(others.slice(0, 2))).toEqual([1, 9]);
    expect(written()).toEqual([['a'], ['b', 'c'], ['b']]);
    batches[2]?.finish({ b: 3 });
    expect(await others[2]).toBe(3);
  });

  it('keeps the next append of a session back while one is written, also with room for another batch', async () => {
    const { append, batches, written } = openGroupAppend(2);
    const appends = [append('a'), append('a'), append('b')];
    expect(written()).toEqual([['a'], ['b']]);
    batches[0]?.finish({ a: 1 });
    batches[1]?.finish({ b: 1 });
    await appends[0];
    batches[2]?.finish({ a: 2 });
    expect(await Promise.all(appends)).toEqual([1, 2, 1]);
  });

  it('begins the next append of a session when the one before is committed, and not durable yet', async () => {
    const { append, batches, written } = openGroupAppend();
    const appends = [append('a'), append('a')];
    batches[0]?.commit({ a: 1 });
    expect(written()).toEqual([['a'], ['a']]);
    const third = append('a');
    batches[0]?.finish({ a: 1 });
    expect(await appends[0]).toBe(1);
    // The second is not committed: the place in the session is its own.
    expect(written()).toHaveLength(2);
    batches[1]?.finish({ a: 2 });
    expect(await appends[1]).toBe(2);
    batches[2]?.finish({ a: 3 });
    expect(await third).toBe(3);
  });

  it('tries alone what a batch left out, and all of a batch that was refused as a whole', async () => {
    const { append, batches, alone } = openGroupAppend();
    const leftOut = append('a');
    batches[0]?.finish({});
    expect(await leftOut).toBe(7);
    const refused = append('b');
    batches[1]?.fail(new StoreError('conflict', 'an id is there'));
    expect(await refused).toBe(7);
    expect(alone).toEqual(['a', 'b']);
  });

  it('tries nothing again when nobody knows whether it was stored, and goes on with the next', async () => {
    const { append, batches, alone } = openGroupAppend();
    for (const [index, error] of [new StoreError('unavailable', 'gone'), new Error('EIO')].entries()) {
      const lost = append('a');
      const next = append('b');
      batches[index * 2]?.fail(error);
      await expect(lost).rejects.toBe(error);
      batches[index * 2 + 1]?.finish({ b: index + 1 });
      expect(await next).toBe(index + 1);
    }
    expect(alone).toEqual([]);
  });
});
