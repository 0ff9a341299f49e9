import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openPlugin } from '../src/testing/open-plugin.ts';

const FAULTY = join(import.meta.dirname, 'fixtures/faulty');
const threadOf = async (plugin: Awaited<ReturnType<typeof openPlugin>>) =>
  (JSON.parse(await plugin.callForText('echo', { text: '' })) as { thread: number }).thread;

describe('a plugin', () => {
  it('gets its configuration, secrets and workspace, and tells its progress and its log', async () => {
    await using plugin = await openPlugin(FAULTY, { configuration: { unit: 'm' }, secrets: { KEY: 'k"1' } });
    const told: unknown[] = [];
    const options = { onProgress: (progress: unknown) => told.push(progress) };
    const { workspace } = plugin;
    expect(JSON.parse(await plugin.callForText('echo', { text: 'a' }, options))).toEqual({
      ...{ text: 'a', configuration: { unit: 'm' }, secrets: { KEY: 'k"1' }, workspace, inherited: [] },
      thread: expect.any(Number),
    });
    expect(told).toEqual([{ progress: 1, total: 2, message: 'half' }]);
    expect(plugin.output).toContain('info: echo of a');
  });

  it('offers what its manifest names, and says which tools cannot be used', async () => {
    await using plugin = await openPlugin(FAULTY);
    expect(plugin.tools.map(({ name }) => name)).not.toContain('bad-schema');
    expect(plugin.tools[0]).toEqual({
      ...{ name: 'echo', description: expect.any(String) },
      inputSchema: {
        ...{ type: 'object', required: ['text'] },
        properties: { text: { type: 'string', maxLength: 100 } },
      },
    });
    expect(plugin.problems).toEqual([
      'The input of the tool bad-schema is no z.object()',
      'The module defines no usable tool bad-schema',
      'The module defines no usable tool absent',
    ]);
  });

  it('whose calls fail, answers each of them and goes on', async () => {
    await using plugin = await openPlugin(FAULTY);
    const thread = await threadOf(plugin);
    await expect(plugin.callForText('throw')).rejects.toThrow('it fell over');
    await expect(plugin.callForText('reject')).rejects.toThrow('it gave up');
    await expect(plugin.callForText('function')).rejects.toThrow('could not be cloned');
    await expect(plugin.callForText('echo', { text: 1 })).rejects.toThrow(/does not fit:\ntext: expected string/);
    await expect(plugin.callForText('echo', {})).rejects.toThrow(/does not fit:\ntext: is missing$/);
    await expect(plugin.callForText('unknown')).rejects.toThrow('There is no tool unknown');
    expect(await plugin.callForText('print')).toBe('printed');
    await expect.poll(() => plugin.output.join('')).toContain('plain text\n');
    expect(await threadOf(plugin)).toBe(thread);
  });

  it('that ends fails the calls that run, and is there again at the next one', async () => {
    await using plugin = await openPlugin(FAULTY);
    for (const [tool, reason] of [
      ['exit', 'The plugin ended itself with exit code 3'],
      ['reject-later', 'The plugin ended with an error that it did not catch: nobody caught this'],
    ] as const) {
      const thread = await threadOf(plugin);
      const [other, own] = await Promise.allSettled([plugin.callForText('never'), plugin.callForText(tool)]);
      for (const each of [other, own]) expect(each).toMatchObject({ status: 'rejected', reason: { message: reason } });
      expect(await threadOf(plugin)).not.toBe(thread);
    }
  });

  it('that allocates without end is ended at its limit', async () => {
    await using plugin = await openPlugin(FAULTY, { limits: { memoryMb: 32 } });
    await expect(plugin.callForText('allocate')).rejects.toThrow('more memory than the 32 MB');
    await threadOf(plugin);
  });

  it('may ignore that a call was stopped, but not for long', async () => {
    await using plugin = await openPlugin(FAULTY, { limits: { timeoutMs: 200 }, stopTimeoutMs: 100 });
    const thread = await threadOf(plugin);
    await expect(plugin.callForText('never')).rejects.toThrow('It did not answer within 200 ms');
    expect(await threadOf(plugin)).toBe(thread);
    const stopped = plugin.callForText('never', {}, { signal: AbortSignal.timeout(1) });
    await expect(stopped).rejects.toThrow('The call was stopped');
    expect(await threadOf(plugin)).toBe(thread);
    for (const tool of ['stubborn', 'loop']) {
      const before = await threadOf(plugin);
      await expect(plugin.callForText(tool)).rejects.toThrow('It did not answer within 200 ms');
      await expect.poll(async () => threadOf(plugin).catch(() => before)).not.toBe(before);
    }
  });

  it('runs no more calls at a time than it may', async () => {
    await using plugin = await openPlugin(FAULTY, { limits: { concurrency: 1, timeoutMs: 300 } });
    const late = plugin.callForText('never').catch(() => 'late');
    const next = plugin.callForText('print');
    expect(await Promise.race([late, next])).toBe('late');
    expect(await next).toBe('printed');
  });

  it('answers requests to its endpoints', async () => {
    await using plugin = await openPlugin(FAULTY);
    const answer = await plugin.fetch('/items/a%20b?x=1', { method: 'POST', body: 'hello' });
    expect(await answer.json()).toEqual({
      ...{ params: { id: 'a%20b' }, query: { x: '1' }, body: 'hello', type: 'text/plain;charset=UTF-8' },
      ...{ actor: { id: 'user_test', role: 'user' }, headers: ['content-type'] },
      traceparent: null,
    });
    expect((await plugin.fetch('/items/1')).status).toBe(405);
    expect((await plugin.fetch('/elsewhere')).status).toBe(404);
    await expect(plugin.fetch('/throw')).rejects.toThrow('nobody’s business');
  });
});
