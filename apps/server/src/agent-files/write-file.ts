import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { readVersion } from './file-version.ts';
import { isSystemError } from './folder.ts';
import type { Place } from './open-path.ts';

/** Also read again, for its version. */
const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const PLAIN_MODE = 0o644;

export interface WriteFileOptions {
  content: AsyncIterable<Uint8Array>;
  /** The version that is replaced; null where no file may be. */
  expected: string | null;
  maxBytes: number;
  /** Who owns the file, where the server's user may give it away. */
  owner: { uid: number; gid: number } | undefined;
  /** Runs the last step of writes one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export interface WrittenFile {
  sizeBytes: number;
  version: string;
}

/**
 * Writes a file at once: whoever reads it meanwhile sees the old or the new content as a whole. The content goes into a
 * new file beside it, which takes the name only if the file there is still the expected one; its permissions are kept.
 * @throws CspError `version_conflict` with the present version, `too_large` above `maxBytes`, `state_conflict` where
 * something else than a file has the name; nothing is changed then.
 */
export async function writeFileAt(place: Place, options: WriteFileOptions): Promise<WrittenFile> {
  const { content, expected, maxBytes, owner, inTurn } = options;
  const { folder, name } = place;
  await assertExpected(place, expected);
  const partial = folder.at(`.${randomBytes(9).toString('base64url')}.part`);
  await using file = await open(partial, NEW_FILE, 0o600);
  try {
    const sizeBytes = await writeContent(file, content, maxBytes);
    await file.sync();
    if (owner) await file.chown(owner.uid, owner.gid);
    await inTurn(async () => {
      const mode = await assertExpected(place, expected);
      await file.chmod(mode);
      if (expected !== null) return rename(partial, folder.at(name));
      // Unlike a rename, a new name never replaces what the agent has made meanwhile.
      await link(partial, folder.at(name)).catch(async (error: unknown) => {
        if (isSystemError(error) && error.code === 'EEXIST') await assertExpected(place, expected);
        throw error;
      });
      await unlink(partial);
    });
    return { sizeBytes, version: await readVersion(file) };
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  }
}

/** Answers with the permissions that the file gets. */
async function assertExpected({ folder, name, path }: Place, expected: string | null): Promise<number> {
  const found = await lstat(folder.at(name)).catch(() => undefined);
  if (found === undefined) {
    if (expected === null) return PLAIN_MODE;
    throw toConflict(`There is no file ${path} any more`, null);
  }
  const file = found.isFile() ? await folder.openFile(name).catch(() => undefined) : undefined;
  if (file === undefined) throw new CspError('state_conflict', `${path} is there and is no file. Choose another name`);
  await using opened = file;
  const version = await readVersion(opened);
  if (expected === null) throw toConflict(`There is a file ${path} already`, version);
  if (version !== expected) throw toConflict(`${path} was changed since you read it. Read it again`, version);
  // Not set-user-id and the like.
  return found.mode & 0o777;
}

function toConflict(message: string, version: string | null): CspError {
  return new CspError('version_conflict', message, { details: { version } });
}

async function writeContent(file: FileHandle, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      const megabytes = Math.floor((maxBytes / 1024 / 1024) * 100) / 100;
      throw new CspError('too_large', `A file may have ${megabytes} MB at most`, {
        details: { limit_bytes: maxBytes },
      });
    }
    await file.writeFile(chunk);
  }
  return sizeBytes;
}
