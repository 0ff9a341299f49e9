import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError } from '../config/load-config.ts';

/** Where a restore prepares the content of a data directory. */
export const RESTORE_DIR = 'restore.partial';

/** @throws ConfigError when a restore into the data directory was begun and has not ended */
export async function assertRestored(dataDir: string): Promise<void> {
  const path = join(dataDir, RESTORE_DIR);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new ConfigError(
      `A restore into ${dataDir} was interrupted: ${RESTORE_DIR} is still there. Empty the data directory, but for secrets.key, and run csp restore again.`,
    );
}
