import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { lockDataDir } from './lock-data-dir.ts';

/** Takes the lock in another process, and holds it until that is killed. */
async function lockElsewhere(dataDir: string) {
  const url = new URL('lock-data-dir.ts', import.meta.url).href;
  const code = `const { lockDataDir } = await import(process.argv[1]); await lockDataDir(process.argv[2]); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, url, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

it('lets one process at a time have a data directory, and says what to do', async () => {
  await using dir = await createWorkspaceDir();
  const child = await lockElsewhere(dir.path);
  await expect(lockDataDir(dir.path)).rejects.toThrow(/Another server uses .*Stop it first/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await lockDataDir(dir.path))[Symbol.dispose]();
});

it('gives it back when it is disposed of, and knows other folders apart', async () => {
  await using dir = await createWorkspaceDir({ 'other/x': '' });
  (await lockDataDir(dir.path))[Symbol.dispose]();
  const locks = [await lockDataDir(dir.path), await lockDataDir(join(dir.path, 'other'))];
  for (const lock of locks) lock[Symbol.dispose]();
});
