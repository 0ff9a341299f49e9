import { expect, it } from 'vitest';

import { ToolUseIndex } from './tool-use-index.ts';

const never = () => new AbortController().signal;

it('answers whether the call was announced before it is asked for or after', async () => {
  const index = new ToolUseIndex();
  index.set('toolu_1', 'sevt_1');
  expect(await index.waitFor('toolu_1', never())).toBe('sevt_1');
  const both = Promise.all([index.waitFor('toolu_2', never()), index.waitFor('toolu_2', never())]);
  index.set('toolu_2', 'sevt_2');
  expect(await both).toEqual(['sevt_2', 'sevt_2']);
});

it('gives up when the call is given up, also when it was given up before it is asked for', async () => {
  const index = new ToolUseIndex();
  const abort = new AbortController();
  const waiting = index.waitFor('toolu_1', abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow('toolu_1');
  await expect(index.waitFor('toolu_2', abort.signal)).rejects.toThrow('toolu_2');
});

it('lets others wait on when one gives up', async () => {
  const index = new ToolUseIndex();
  const abort = new AbortController();
  const first = index.waitFor('toolu_1', abort.signal);
  const second = index.waitFor('toolu_1', never());
  abort.abort();
  await expect(first).rejects.toThrow('toolu_1');
  index.set('toolu_1', 'sevt_1');
  expect(await second).toBe('sevt_1');
});

it('forgets everything at the end of a turn, and lets nobody wait', async () => {
  const index = new ToolUseIndex();
  index.set('toolu_1', 'sevt_1');
  const waiting = index.waitFor('toolu_2', never());
  index.clear();
  await expect(waiting).rejects.toThrow('turn ended');
  const again = index.waitFor('toolu_1', never());
  index.set('toolu_1', 'sevt_9');
  expect(await again).toBe('sevt_9');
});
