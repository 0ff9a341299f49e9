import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createWriteAheadSync } from './write-ahead-sync.ts';

it('flushes for everyone who asks, also those who come while it flushes, and again after them', async () => {
  await using dir = await createWorkspaceDir();
  const database = join(dir.path, 'test.db');
  await writeFile(`${database}-wal`, 'one');
  const ahead = createWriteAheadSync(database);
  // The first flush may miss what is appended while it runs, so those who come meanwhile wait for another one, together.
  const [first, second, third] = [ahead.sync(), ahead.sync(), ahead.sync()];
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
