import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { toLentDir, toSessionDirs } from '../session-dirs.ts';
import { borrowFromOwn } from './lend-to-fork.ts';

it('has a repository borrow from here that was lent somewhere else, and waits for no pipe in the place of a file', async () => {
  await using data = await createWorkspaceDir();
  const dirs = toSessionDirs(data.path, 'one');
  const info = join(dirs.workspace, 'web/.git/objects/info');
  const path = join(info, 'alternates');
  await mkdir(info, { recursive: true });
  await writeFile(path, '/srv/other/agents/one/lent/a\n/srv/other/agents/two/lent/b\nagents/one/lent/c\n');
  await borrowFromOwn(['web', 'gone'], dirs, dirs);
  expect(await readFile(path, 'utf8')).toBe(`${toLentDir(dirs)}/a\n/srv/other/agents/two/lent/b\nagents/one/lent/c\n`);
  await rm(path);
  await promisify(execFile)('mkfifo', [path]);
  // More than Node has threads for files.
  await Promise.all(Array.from({ length: 8 }, () => borrowFromOwn(['web'], dirs, dirs)));
});
