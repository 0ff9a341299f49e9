import { join } from 'node:path';

import { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';
import { expect, it } from 'vitest';

it('greets whoever asks', async () => {
  await using plugin = await openPlugin(join(import.meta.dirname, '..'));
  const answer = await plugin.fetch('/hello/Ada');
  expect(await answer.json()).toEqual({ greeting: 'Hello, Ada', role: 'user' });
});
