import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtempDisposable, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

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

it('removes a tree that is deeper than the longest path', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'csp-tree-'));
  const tree = join(dir.path, 'tree');
  await mkdir(tree);
  const deepen = `const name = 'd'.repeat(200);
    for (let level = 0; level < 30; level += 1) { fs.mkdirSync(name); process.chdir(name); }`;
  await promisify(execFile)(process.execPath, ['-e', deepen], { cwd: tree });
  await removeTree(tree);
  expect(await readdir(dir.path)).toEqual([]);
});
