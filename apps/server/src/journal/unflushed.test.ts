import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { createWorkspaceDir, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createSession } from '../store/contract/back-end.ts';
import { openStore } from '../store/open-store.ts';
import { toMessage } from './fixtures/journal-harness.ts';
import { createJournal } from './journal.ts';

/** A journal on a file whose flushes the test ends itself. */
async function openUnflushed() {
  const dir = await createWorkspaceDir();
  const file = join(dir.path, 'csp.db');
  const flushes: PromiseWithResolvers<void>[] = [];
  let isHeld = false;
  const sync = () => {
    const flush = Promise.withResolvers<void>();
    if (isHeld) flushes.push(flush);
    else flush.resolve();
    return flush.promise;
  };
  const store = await openStore({
    url: `sqlite:${file}`,
    createSync: () => ({ sync, close: () => Promise.resolve() }),
  });
  const { id: sessionId } = await createSession(store);
  const acquired = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 60_000 });
  if (acquired.state === 'held') throw new Error('A new session is held');
  const journal = createJournal({ store });
  const shown: number[] = [];
  const subscription = journal.subscribe(sessionId, 0, {
    onEvents: (events) => void shown.push(...events.map(({ seq }) => seq)),
    onPreview: () => undefined,
    waitUntilWritable: () => Promise.resolve(),
    onFailure: () => undefined,
  });
  return {
    ...{ store, sessionId, journal, shown, flushes },
    hold: () => {
      isHeld = true;
    },
    /** Resolves when it is committed, with what settles when it is durable. */
    async commit(id: string, { isGrouped }: { isGrouped: boolean }) {
      const committed = Promise.withResolvers<void>();
      const durable = journal.append({
        ...{ sessionId, fence: acquired.lease.fence, events: [toMessage(id)] },
        onCommitted: () => committed.resolve(),
        ...(!isGrouped && { within: () => Promise.resolve() }),
      });
      durable.catch(() => undefined);
      await committed.promise;
      return { durable };
    },
    logBytes: () => statSync(`${file}-wal`).size,
    /** What is there after a crash of the machine that left so much of the log. */
    async readAfterCrash(logBytes: number) {
      const copy = join(dir.path, 'crashed.db');
      copyFileSync(file, copy);
      copyFileSync(`${file}-wal`, `${copy}-wal`);
      truncateSync(`${copy}-wal`, logBytes);
      await using crashed = await openStore({ url: `sqlite:${copy}` });
      return (await crashed.events.readAfter(sessionId, 0, 100)).map(({ seq, id }) => [seq, id]);
    },
    async [Symbol.asyncDispose]() {
      subscription.close();
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

it.each([{ isGrouped: true }, { isGrouped: false }])(
  'commits behind what is not flushed yet, and shows nothing of it before it is: $isGrouped',
  async (how) => {
    await using log = await openUnflushed();
    await (
      await log.commit('a', how)
    ).durable;
    await until('the reader is live', () => log.shown.length === 1);
    const flushedBytes = log.logBytes();
    log.hold();
    const [b, c] = [await log.commit('b', how), await log.commit('c', how)];
    // The machine crashes now, and the log is cut at any place behind what was flushed.
    for (let bytes = flushedBytes; bytes <= log.logBytes(); bytes += 512) {
      const left = await log.readAfterCrash(bytes);
      expect(left).toEqual(
        [
          [1, 'a'],
          [2, 'b'],
          [3, 'c'],
        ].slice(0, left.length),
      );
      expect(left.length).toBeGreaterThanOrEqual(log.shown.length);
    }
    expect(log.shown).toEqual([1]);
    for (const flush of log.flushes.toReversed()) flush.resolve();
    expect(await Promise.all([b.durable, c.durable])).toEqual([2, 3]);
    expect(log.shown).toEqual([1, 2, 3]);
  },
);

it('tells whoever asked that a flush has failed, and goes on', async () => {
  await using log = await openUnflushed();
  log.hold();
  const [lost, next] = [await log.commit('a', { isGrouped: true }), await log.commit('b', { isGrouped: true })];
  log.flushes[0]?.reject(new Error('EIO'));
  await expect(lost.durable).rejects.toThrow('EIO');
  expect(log.shown).toEqual([]);
  log.flushes[1]?.resolve();
  expect(await next.durable).toBe(2);
});
