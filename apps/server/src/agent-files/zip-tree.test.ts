import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openFolder } from './folder.ts';
import { assertFitsZip } from './zip-tree.ts';

it('refuses a folder with too many entries or bytes, however deep they are', async () => {
  await using dir = await createWorkspaceDir({ 'a/b/one': '12345', 'a/b/two': '12345' });
  await using folder = await openFolder(dir.path);
  await assertFitsZip(folder, { entries: 4, bytes: 10 });
  const tooLarge = { code: 'too_large' };
  await expect(assertFitsZip(folder, { entries: 3, bytes: 10 })).rejects.toMatchObject(tooLarge);
  await expect(assertFitsZip(folder, { entries: 4, bytes: 9 })).rejects.toMatchObject(tooLarge);
});
