import { link, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { measureFolders } from './measure-folders.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

it('measures what folders take on disk, each file once, no link and no hole', async () => {
  await using outside = await createWorkspaceDir({ big: 'x'.repeat(20 * MIB) });
  await using one = await createWorkspaceDir({ 'deep/er/file': 'x'.repeat(3 * MIB) });
  await using two = await createWorkspaceDir({ file: 'x'.repeat(2 * MIB) });
  await link(join(two.path, 'file'), join(two.path, 'again'));
  await symlink(outside.path, join(two.path, 'linked'));
  await writeFile(join(two.path, 'hole'), '');
  await truncate(join(two.path, 'hole'), 500 * MIB);

  const bytes = (await measureFolders([one.path, two.path, join(two.path, 'missing')], never)) ?? 0;

  expect(bytes).toBeGreaterThanOrEqual(5 * MIB);
  expect(bytes).toBeLessThan(6 * MIB);
});

it('cannot tell of what is not there, or when nobody waits for it', async () => {
  expect(await measureFolders(['/nowhere/at/all'], never)).toBeUndefined();
  expect(await measureFolders(['/tmp'], AbortSignal.abort())).toBeUndefined();
});
