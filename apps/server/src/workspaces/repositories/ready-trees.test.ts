import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { parseRefs } from './git-refs.ts';
import { createReadyTrees } from './ready-trees.ts';
import { parseRemote } from './remote.ts';

const dir = await mkdtemp(join(tmpdir(), 'csp-trees-'));
afterAll(() => rm(dir, { recursive: true }));

/** Trees whose checkout goes on until it is told how it ends. */
function openTrees() {
  const checkouts: PromiseWithResolvers<void>[] = [];
  const begun: PromiseWithResolvers<void>[] = [];
  const trees = createReadyTrees({
    writeTree: async (tree) => void (await mkdir(tree, { recursive: true })),
    checkOut: () => {
      const checkout = Promise.withResolvers<void>();
      checkouts.push(checkout);
      begun.at(-1)?.resolve();
      return checkout.promise;
    },
  });
  const prepare = (commit: string) => {
    begun.push(Promise.withResolvers());
    const prepared = trees.prepare(dir, {
      ...{ remote: parseRemote('https://git.example/a.git'), gitDir: dir, commit, branch: 'main' },
      ...{ hostKey: undefined, refs: parseRefs(''), signal: new AbortController().signal },
    });
    return { prepared, begun: begun.at(-1)?.promise };
  };
  return { trees, checkouts, prepare };
}

it('begins at once for a session that comes meanwhile, which gets the tree, and another one does not wait for it', async () => {
  const { trees, checkouts, prepare } = openTrees();
  const { prepared, begun } = prepare('one');
  let waits = 0;
  const options = { signal: AbortSignal.timeout(60_000), onWait: () => void (waits += 1) };
  const first = trees.take(dir, options);
  await begun;
  expect(await trees.take(dir, options)).toBeUndefined();
  checkouts[0]?.resolve();
  expect(await first).toMatchObject({ commit: 'one' });
  expect(waits).toBe(1);
  await prepared;
  expect(await trees.take(dir, options)).toBeUndefined();
});

it('lets a session go on by itself when the checkout fails, and ends its wait when it is stopped', async () => {
  const { trees, checkouts, prepare } = openTrees();
  const stopping = new AbortController();
  const { prepared, begun } = prepare('one');
  const stopped = trees.take(dir, { signal: stopping.signal, onWait: () => undefined });
  await begun;
  stopping.abort(new Error('The session was deleted'));
  await expect(stopped).rejects.toThrow('The session was deleted');
  const waiting = trees.take(dir, { signal: AbortSignal.timeout(60_000), onWait: () => undefined });
  checkouts[0]?.reject(new Error('No space left'));
  await expect(prepared).rejects.toThrow('No space left');
  expect(await waiting).toBeUndefined();
});
