import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Node removes all entries of a folder at once: with a million it takes gigabytes and holds up the server for seconds (Node 24). */
const MAX_ENTRIES_HERE = 500;

/**
 * Removes a folder or a file with everything below it; does nothing when it does not exist. Links are removed, not
 * followed. The system's tools remove what is large, and what Node cannot: folders that their owner has closed, and trees deeper than
 * the longest path (ENAMETOOLONG, Node 24). Nobody may write in it meanwhile.
 */
export async function removeTree(path: string): Promise<void> {
  if (await isLarge(path)) {
    if (await run('rm', ['-rf', '--', path])) return;
  }
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const isFolder = (await lstat(path).catch(() => undefined))?.isDirectory() === true;
    if (isFolder && process.getuid?.() !== 0) await run('chmod', ['-R', 'u+rwX', '--', path]);
    if (!(await run('rm', ['-rf', '--', path]))) throw error;
  }
}

/** Whether there are more entries than are removed here. A folder that cannot be looked into is left to who removes it. */
async function isLarge(path: string): Promise<boolean> {
  let left = MAX_ENTRIES_HERE;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of await opendir(folder)) {
        left -= 1;
        if (left < 0) return true;
        if (entry.isDirectory()) folders.push(join(folder, entry.name));
      }
    } catch {
      continue;
    }
  }
  return false;
}

/** Whether it succeeded. What it says is not read: it is a line for each file. */
async function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn('nice', ['-n', '10', command, ...args], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
