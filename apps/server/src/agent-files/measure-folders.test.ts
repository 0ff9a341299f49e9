import { chmod, link, symlink, truncate, writeFile } from 'node:fs/promises';
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

  const measured = await measureFolders([one.path, two.path, join(two.path, 'missing')], never);

  expect(measured).toEqual({ bytes: expect.any(Number), entries: 0, uncounted: 'nothing' });
  expect(measured?.bytes).toBeGreaterThanOrEqual(5 * MIB);
  expect(measured?.bytes).toBeLessThan(6 * MIB);
  // Two folders, two in one of them, and three files, a link and a hole.
  const counted = await measureFolders([one.path, two.path], never, { countEntries: true });
  expect(counted).toEqual({ ...measured, entries: 8 });
});

it('cannot tell of what is not there, or when nobody waits for it', async () => {
  expect(await measureFolders(['/nowhere/at/all'], never)).toBeUndefined();
  expect(await measureFolders(['/tmp'], AbortSignal.abort())).toBeUndefined();
});

it('counts however much is said of files that are not there', async () => {
  await using one = await createWorkspaceDir({ file: 'x'.repeat(MIB) });
  const missing = Array.from({ length: 6000 }, (_, index) => join(one.path, `${'missing'.repeat(20)}${index}`));
  const measured = await measureFolders([one.path, ...missing], never);
  expect(measured?.bytes).toBeGreaterThanOrEqual(MIB);
});

it('says when it could not look at all of them in time', async () => {
  expect(await measureFolders(['/'], never, { timeoutMs: 1 })).toEqual({ bytes: 0, entries: 0, uncounted: 'late' });
});

it.skipIf(process.getuid?.() === 0)('says when a folder is closed to it (root opens any)', async () => {
  await using one = await createWorkspaceDir({ 'closed/file': 'x' });
  await chmod(join(one.path, 'closed'), 0);
  expect((await measureFolders([one.path], never))?.uncounted).toBe('closed');
  await chmod(join(one.path, 'closed'), 0o700);
});
