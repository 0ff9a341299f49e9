import { pino } from 'pino';
import { expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import { createUsageRecorder, type MeteredModelRequest } from './usage-recorder.ts';

const toRequest = (id: string): MeteredModelRequest => ({
  id,
  holder: { sessionId: null, ownerId: null },
  usage: { model: 'opus', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
  statusCode: 200,
  durationMs: 1,
});

it('is closed only when what it is writing and what still waits are stored', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const stored: string[] = [];
  const usage: typeof store.usage = {
    ...store.usage,
    async append(row) {
      begun.resolve();
      if (row.id === 'one') await gate.promise;
      const result = await store.usage.append(row);
      stored.push(row.id);
      return result;
    },
  };
  const recorder = createUsageRecorder({ store: { usage }, logger: pino({ level: 'silent' }) });
  recorder.record(toRequest('one'));
  await begun.promise;
  recorder.record(toRequest('two'));
  const closing = recorder.close().then(() => stored.push('closed'));
  // Time for a close that does not wait.
  for (let tick = 0; tick < 50; tick += 1) await new Promise(setImmediate);
  gate.resolve();
  await closing;
  expect(stored).toEqual(['one', 'two', 'closed']);
});
