import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { removeLeftovers } from './remove-leftovers.ts';
import { makeSessionDirs, toSessionDirs } from '../workspaces/session-dirs.ts';

async function put(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x');
}

it('removes what the CLI leaves, and nothing that it or people need again', async () => {
  await using home = await createWorkspaceDir();
  const dirs = toSessionDirs(home.path, 'one');
  await makeSessionDirs(dirs);
  const resumeDir = join(home.path, 'claude-resume-1');
  await Promise.all(
    [
      join(dirs.config, '.claude.json'),
      join(dirs.config, 'settings.json'),
      join(dirs.config, 'projects/p/one.jsonl'),
      join(dirs.config, 'backups/.claude.json.backup.1'),
      join(dirs.config, 'shell-snapshots/snapshot-bash-1.sh'),
      join(dirs.config, 'sessions/2.json'),
      join(dirs.tmp, 'claude-0/work/tasks/1'),
      join(dirs.tmp, 'cc-socks/1'),
      join(dirs.tmp, 'of-a-tool.txt'),
      join(dirs.workspace, 'cache/kept'),
      join(resumeDir, '.claude.json'),
    ].map(put),
  );

  await removeLeftovers(dirs, resumeDir);

  expect((await readdir(dirs.config)).toSorted()).toEqual(['.claude.json', 'projects', 'settings.json']);
  expect(await readdir(dirs.tmp)).toEqual(['of-a-tool.txt']);
  expect(await readdir(join(dirs.workspace, 'cache'))).toEqual(['kept']);
  expect(await readdir(home.path)).not.toContain('claude-resume-1');
});

it('leaves a configuration directory alone that is none of the SDK', async () => {
  await using home = await createWorkspaceDir();
  const dirs = toSessionDirs(home.path, 'one');
  await makeSessionDirs(dirs);
  await put(join(dirs.config, 'settings.json'));
  await removeLeftovers(dirs, dirs.config);
  expect(await readdir(dirs.config)).toEqual(['settings.json']);
});
