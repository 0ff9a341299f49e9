import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { syncDir } from '../lib/sync-dir.ts';
import { ConfigError } from '../config/load-config.ts';

interface MadeOnce {
  make: () => string;
  /** A shorter file is the result of an interrupted write. */
  minLength: number;
  /** What is lost with the file, for the person who has to decide. */
  loss: string;
}

/**
 * Reads a file that the server makes for itself once. It appears under its name only when all of it is on the disk; of
 * several who make it at once, all get what the first has made.
 * @throws ConfigError for a file that is empty or cut off.
 */
export async function readOrMake(path: string, { make, minLength, loss }: MadeOnce): Promise<string> {
  const text = (await readIfThere(path)) ?? (await makeFile(path, make()));
  if (text.length >= minLength) return text;
  throw new ConfigError(
    `${path} holds ${text.length} characters and must hold ${minLength} at least: it was cut off, perhaps by a full disk. Restore it from a backup. Without one remove it, and the next start makes a new one: ${loss}`,
  );
}

async function makeFile(path: string, text: string): Promise<string> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await using file = await open(partial, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await moveIfNew(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  await syncDir(dirname(path));
  return (await readIfThere(path)) ?? '';
}

/**
 * A link never replaces an existing file. Some network drives have no links: there the last writer wins, as with any
 * rename.
 */
async function moveIfNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    await rename(from, to);
  }
}

/** The text of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
