import { chmod, mkdir, mkdtempDisposable, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeTree } from './remove-tree.ts';

it('removes links and leaves what they lead to, and folders that are closed', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'csp-tree-'));
  const [outside, tree] = [join(dir.path, 'outside'), join(dir.path, 'tree')];
  await mkdir(outside);
  await writeFile(join(outside, 'kept.txt'), 'kept');
  await mkdir(join(tree, 'closed', 'deep'), { recursive: true });
  await symlink(outside, join(tree, 'link'));
  await symlink(join(outside, 'kept.txt'), join(tree, 'closed', 'file'));
  await symlink(outside, join(dir.path, 'root-link'));
  await chmod(join(tree, 'closed'), 0);
  await removeTree(tree);
  await removeTree(join(dir.path, 'root-link'));
  await removeTree(join(dir.path, 'none'));
  expect(await readdir(dir.path)).toEqual(['outside']);
  expect(await readFile(join(outside, 'kept.txt'), 'utf8')).toBe('kept');
});
