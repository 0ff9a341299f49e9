import { expect, it } from 'vitest';

import { createAnnouncer } from './announcer.ts';

it('leaves nothing to be read of what an interruption has overtaken', () => {
  const { store, say, interrupt } = createAnnouncer();
  say('Claude is working');
  interrupt('Claude asks');
  expect(store.getState().polite.text).toBe('');
  expect(store.getState().assertive.text).toBe('Claude asks');
});
