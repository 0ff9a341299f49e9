import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createWriteAheadSync } from './write-ahead-sync.ts';

it('flushes for everyone who asks, also those who come while it flushes, and again after them', async () => {
  await using dir = await createWorkspaceDir();
  const database = join(dir.path, 'test.db');
  await writeFile(`${database}-wal`, 'one');
  const ahead = createWriteAheadSync(database);
  const first = ahead.sync();
  await appendFile(`${database}-wal`, 'two');
  // The first flush may have missed what was appended, so those who come now wait for another one, together.
  const [second, third] = [ahead.sync(), ahead.sync()];
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await Promise.all([first, second, third]);
  await ahead.sync();
  await ahead.close();
});

it('tells when it cannot flush, instead of acknowledging', async () => {
  await using dir = await createWorkspaceDir();
  const ahead = createWriteAheadSync(join(dir.path, 'missing.db'));
  await expect(ahead.sync()).rejects.toThrow('ENOENT');
});
