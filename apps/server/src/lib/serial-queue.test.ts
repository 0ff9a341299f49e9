import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createSerialQueue } from './serial-queue.ts';

it('runs tasks one at a time and in order, however long each takes and whichever fail', async () => {
  const task = fc.record({ fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(task), fc.scheduler(), async (tasks, scheduler) => {
      const queue = createSerialQueue();
      const log: string[] = [];
      const results = tasks.map(({ fails }, index) =>
        queue.run(async () => {
          log.push(`begin ${index}`);
          await scheduler.schedule(Promise.resolve());
          log.push(`end ${index}`);
          if (fails) throw new Error(`task ${index}`);
          return index;
        }),
      );
      const settled = Promise.allSettled(results);
      await scheduler.waitFor(settled);
      expect(log).toEqual(tasks.flatMap((_, index) => [`begin ${index}`, `end ${index}`]));
      expect((await settled).map(({ status }) => status)).toEqual(
        tasks.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
      );
    }),
  );
});

it('is idle when all that was queued before has ended, also where it failed', async () => {
  const queue = createSerialQueue();
  const gate = Promise.withResolvers<void>();
  let idle = false;
  const failed = queue.run(() => gate.promise);
  const idled = queue.idle().then(() => {
    idle = true;
  });
  await Promise.resolve();
  expect(idle).toBe(false);
  gate.reject(new Error('no'));
  await expect(failed).rejects.toThrow('no');
  await idled;
  expect(idle).toBe(true);
});

it('runs a task that throws before its first await no differently', async () => {
  const queue = createSerialQueue();
  const failed = queue.run(() => {
    throw new Error('at once');
  });
  const next = queue.run(() => Promise.resolve('next'));
  await expect(failed).rejects.toThrow('at once');
  expect(await next).toBe('next');
});
