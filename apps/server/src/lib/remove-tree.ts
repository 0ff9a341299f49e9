import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';

/**
 * Removes a folder or a file with everything below it; does nothing when it does not exist. Links are removed, not
 * followed. The system's tools remove what Node cannot: folders that their owner has closed, and trees deeper than
 * the longest path (ENAMETOOLONG, Node 24). Nobody may write in it meanwhile.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const isFolder = (await lstat(path).catch(() => undefined))?.isDirectory() === true;
    if (isFolder && process.getuid?.() !== 0) await run('chmod', ['-R', 'u+rwX', '--', path]);
    if (!(await run('rm', ['-rf', '--', path]))) throw error;
  }
}

/** Whether it succeeded. What it says is not read: it is a line for each file. */
async function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
