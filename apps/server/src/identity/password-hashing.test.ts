import { expect, it } from 'vitest';

import { createPasswordHashing } from './password-hashing.ts';

it('hashes few passwords at once, lets some wait, and refuses the rest at once', async () => {
  let running = 0;
  let mostAtOnce = 0;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const work = async (): Promise<void> => {
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    await finished;
    running -= 1;
  };
  const hashing = createPasswordHashing({
    hash: async (password) => (await work(), `hash of ${password}`),
    verify: async ({ hash, password }) => (await work(), hash === `hash of ${password}`),
  });
  const begun = Array.from({ length: 100 }, (_, index) =>
    index % 2 === 0 ? hashing.hash('word') : hashing.verify({ hash: 'hash of word', password: 'word' }),
  );
  const answers = Promise.allSettled(begun);
  await Promise.allSettled(begun.slice(22));
  finish();
  const made = (await answers).filter((each) => each.status === 'fulfilled').map(({ value }) => value);
  // One or two at once, by the number of cores, and 20 that waited.
  expect(mostAtOnce).toBe(made.length - 20);
  expect(mostAtOnce).toBeLessThanOrEqual(2);
  expect(made.slice(0, 3)).toEqual(['hash of word', true, 'hash of word']);
  await expect(begun[99]).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 2000 });
  // What was refused has left no trace.
  expect(await hashing.hash('word')).toBe('hash of word');
});
