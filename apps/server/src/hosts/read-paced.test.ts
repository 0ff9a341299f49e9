import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

import { expect, it, vi } from 'vitest';

import { readPaced } from './read-paced.ts';

it('leaves what is written too fast in the pipe until the next second, and reads the rest at the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const pipe = new PassThrough();
    let read = 0;
    const readRest = readPaced(pipe, (text) => (read += text.length), 100);
    const write = async () => {
      for (let count = 0; count < 10; count += 1) {
        pipe.write('x'.repeat(60));
        await setImmediate();
      }
    };
    await write();
    expect(read).toBe(120);
    await vi.advanceTimersByTimeAsync(1000);
    await setImmediate();
    expect(read).toBeLessThan(600);
    readRest();
    await write();
    expect(read).toBe(1200);
  } finally {
    vi.useRealTimers();
  }
});
