import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError, type Config } from '../config/load-config.ts';
import { isWithin } from '../lib/is-within.ts';
import { readIfThere, readOrMake } from './make-once.ts';

export interface SharedDirDeps {
  /** Of the database. */
  settings: {
    find(key: string): Promise<unknown>;
    /** False where another server was first. */
    replace(key: string, change: { expected: unknown; value: unknown }): Promise<boolean>;
  };
  /** The id of this server. */
  nodeId: string;
}

/** Key of the setting by which the database knows the folder that its servers share: its `place.id`. */
export const SHARED_PLACE = 'shared-place';
export const PLACE_FILE = 'place.id';
const MIN_ID_CHARS = 16;

export interface SharedPlace {
  placeId: string;
  /** What `place.id` holds; undefined where nothing is shared. */
  place: string | undefined;
}

/**
 * Opens the folder that the servers of one database share, and answers with what names the place of this server's files: the same for
 * all of them, or the server's own id where nothing is shared. The database knows the place, so that an empty folder, whose disk is not
 * mounted, is not taken for it.
 * @throws ConfigError where the folder cannot be written, is another one, or is not named although the database knows one; and as `readOrMake`
 */
export async function openSharedDir(
  { sharedDir, dataDir }: Pick<Config, 'sharedDir' | 'dataDir'>,
  { settings, nodeId }: SharedDirDeps,
): Promise<SharedPlace> {
  const known = await settings.find(SHARED_PLACE);
  if (sharedDir === undefined) {
    if (known !== undefined) throw new ConfigError(NOT_NAMED);
    return { placeId: nodeId, place: undefined };
  }
  const shared = await realpath(sharedDir).catch(() => sharedDir);
  const own = await realpath(dataDir).catch(() => dataDir);
  if (isWithin(shared, own) || isWithin(own, shared))
    throw new ConfigError(
      `CLAUDE_SDK_PATTERN_SHARED_DIR (${sharedDir}) and the data directory (${dataDir}) must not be in each other.`,
    );
  const path = join(sharedDir, PLACE_FILE);
  try {
    if (known !== undefined && (await readIfThere(path)) !== known) throw toOtherPlace(sharedDir);
    await mkdir(join(sharedDir, 'tmp'), { recursive: true, mode: 0o700 });
    await access(sharedDir, constants.W_OK);
    const place = await readOrMake(path, {
      make: () => randomBytes(12).toString('base64url'),
      minLength: MIN_ID_CHARS,
      loss: 'what was recorded of the files of sessions is not found any more.',
    });
    // Of several servers that start at once, the first one says which folder it is.
    if (known === undefined && !(await settings.replace(SHARED_PLACE, { expected: undefined, value: place }))) {
      if ((await settings.find(SHARED_PLACE)) !== place) throw toOtherPlace(sharedDir);
    }
    return { placeId: `place_${place}`, place };
  } catch (error) {
    if (error instanceof ConfigError || !(error instanceof Error) || !('syscall' in error)) throw error;
    throw new ConfigError(
      `The folder that servers share, ${sharedDir}, cannot be used (${error.message}). Mount its disk and give the user of the server write access, or correct CLAUDE_SDK_PATTERN_SHARED_DIR.`,
    );
  }
}

const NOT_NAMED =
  'The servers of this database share the files of sessions. Name the folder with CLAUDE_SDK_PATTERN_SHARED_DIR. To end that, make a backup and restore it without the variable.';

function toOtherPlace(sharedDir: string): ConfigError {
  return new ConfigError(
    `${sharedDir} is not the folder that the servers of this database share: its ${PLACE_FILE} is another one, or missing. Mount the disk with that folder, or correct CLAUDE_SDK_PATTERN_SHARED_DIR. After a move, take ${PLACE_FILE} along.`,
  );
}
