import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';
import { expect, it } from 'vitest';

it('counts the words of a file of the workspace, and of no other', async () => {
  await using plugin = await openPlugin(join(import.meta.dirname, '..'));
  await writeFile(join(plugin.workspace, 'a.txt'), 'one two\nthree');
  expect(plugin.problems).toEqual([]);
  expect(await plugin.callForText('count_words', { path: 'a.txt' })).toBe('{"path":"a.txt","words":3}');
  await expect(plugin.callForText('count_words', { path: '../a.txt' })).rejects.toThrow('is not in the workspace');
});
