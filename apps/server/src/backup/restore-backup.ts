import { constants } from 'node:fs';
import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { copyTree } from '../agent-files/copy-tree.ts';
import type { Config } from '../config/load-config.ts';
import { lockDataDir } from '../data-dir/lock-data-dir.ts';
import { toDataDirError } from '../data-dir/storage-problem.ts';
import { RESTORE_DIR } from '../data-dir/unfinished-restore.ts';
import { findPreviousSecretsKey, findSecretsKey } from '../data-dir/server-secrets.ts';
import { makeAuthTables } from '../identity/make-auth-tables.ts';
import { removeTree } from '../lib/remove-tree.ts';
import { syncDir } from '../lib/sync-dir.ts';
import { createKeyring } from '../secrets/keyring.ts';
import { MIGRATION_NAMES, type MigrationName } from '../store/migrations/migrate.ts';
import { loadSnapshot } from '../store/snapshot/load-snapshot.ts';
import type { SnapshotTable } from '../store/snapshot/portable-row.ts';
import { syncTree } from './index-files.ts';
import { SHARED_NAMES } from './copy-data-dir.ts';
import { BackupError, DATA_DIR, type Manifest } from './manifest.ts';
import { settleRestored, type SettledWork } from './settle-restored.ts';
import { readTable } from './table-files.ts';
import { verifyBackup } from './verify-backup.ts';

export interface RestoreOptions {
  source: string;
  /** Goes on although the secrets key of the backup is not here. */
  withoutSecretsKey: boolean;
}

export interface Restored extends SettledWork {
  manifest: Manifest;
}

const DATABASE = 'csp.db';
/** What may be in the data directory before: the key that an operator puts there, and what no server reads. */
const MAY_BE_THERE = /^(?:secrets\.key(?:\.previous)?|server\.lock.*|lost\+found|restore\.partial)$/;

/**
 * Restores a backup into an empty data directory, and an empty PostgreSQL database where one is configured. Everything is
 * prepared in `restore.partial`; a server does not start while that is there. After an interruption call it again:
 * where PostgreSQL had all rows by then, with another empty database.
 * @throws BackupError, ConfigError while a server has the data directory and where that cannot be written, StoreError, or a
 * system error
 */
export async function restoreBackup(config: Config, options: RestoreOptions): Promise<Restored> {
  const manifest = await verifyBackup(options.source);
  try {
    return await restoreVerified(config, manifest, options);
  } catch (error) {
    throw toDataDirError(error, config.dataDir) ?? error;
  }
}

async function restoreVerified(
  config: Config,
  manifest: Manifest,
  { source, withoutSecretsKey }: RestoreOptions,
): Promise<Restored> {
  const schema = findSchema(manifest);
  const { dataDir, sharedDir } = config;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await access(dataDir, constants.W_OK);
  await using held = new AsyncDisposableStack();
  held.use(await lockDataDir(dataDir));
  await assertEmpty(dataDir);
  if (sharedDir !== undefined) await assertNothingShared(sharedDir);
  if (!withoutSecretsKey) await assertSecretsKey(config, manifest);

  const partial = join(dataDir, RESTORE_DIR);
  await removeTree(partial);
  await mkdir(partial, { mode: 0o700 });
  await syncDir(dataDir);
  const { leftOut } = await copyTree(join(source, DATA_DIR), partial);
  if (leftOut.length > 0) throw new BackupError(`These files of the backup could not be read: ${leftOut.join(', ')}`);
  let work: SettledWork = { sessions: 0, webhookMessages: 0 };
  const { tables } = manifest.database;
  const rows = { schema, tables, readRows: (table: SnapshotTable) => readTable(source, table) };
  await loadSnapshot(config.databaseUrl ?? `sqlite:${join(partial, DATABASE)}`, rows, {
    makeAuthTables,
    async finish(target) {
      work = await settleRestored(target, manifest, Date.now());
    },
  });
  await syncTree(partial);
  if (sharedDir !== undefined) await moveShared(partial, sharedDir);
  await moveContent(partial, dataDir);
  return { ...work, manifest };
}

function findSchema({ database: { schema }, server_version: version }: Manifest): MigrationName {
  const known = MIGRATION_NAMES.find((name) => name === schema);
  if (known !== undefined) return known;
  throw new BackupError(
    `A newer version has made this backup (${version}, schema ${schema}). This version knows the schemas up to ${MIGRATION_NAMES.at(-1)}: restore it with that version or a newer one.`,
  );
}

async function assertEmpty(dataDir: string): Promise<void> {
  const content = (await readdir(dataDir)).filter((name) => !MAY_BE_THERE.test(name));
  if (content.length === 0) return;
  throw new BackupError(
    `The data directory ${dataDir} is not empty (${content.slice(0, 3).join(', ')} …). A restore replaces nothing: move it away, or name another one with CLAUDE_SDK_PATTERN_DATA_DIR.`,
  );
}

/** @throws BackupError where it has what the backup has, or is the folder of other servers */
async function assertNothingShared(sharedDir: string): Promise<void> {
  await mkdir(sharedDir, { recursive: true, mode: 0o700 });
  const content = (await readdir(sharedDir)).filter((name) => name !== 'lost+found');
  if (content.length === 0) return;
  throw new BackupError(
    `The folder that servers share, ${sharedDir}, is not empty (${content.slice(0, 3).join(', ')} …). A restore replaces nothing: empty it after an interrupted restore, move it away, or name another one with CLAUDE_SDK_PATTERN_SHARED_DIR.`,
  );
}

/** Onto another disk. */
async function moveShared(from: string, sharedDir: string): Promise<void> {
  for (const name of SHARED_NAMES) {
    const [source, target] = [join(from, name), join(sharedDir, name)];
    if (!(await isThere(source))) continue;
    await mkdir(target, { mode: 0o700 });
    await copyTree(source, target);
    await syncTree(target);
    await removeTree(source);
  }
  await syncDir(sharedDir);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function assertSecretsKey(config: Config, { secrets_key: { id, included } }: Manifest): Promise<void> {
  const key = await findSecretsKey(config);
  if (id === null || (included && key === undefined)) return;
  const previousKey = await findPreviousSecretsKey(config);
  if (key !== undefined && createKeyring(key, previousKey).find(id) !== undefined) return;
  const found = key === undefined ? 'is not here' : 'is another one than here';
  throw new BackupError(
    `The secrets key of the server that was backed up ${found}. Put it into ${join(config.dataDir, 'secrets.key')} or CLAUDE_SDK_PATTERN_SECRETS_KEY. Without it every stored secret is lost and everybody has to sign in again; --without-secrets-key restores the rest.`,
  );
}

/** The database last: without one a server would make a new one. */
async function moveContent(from: string, dataDir: string): Promise<void> {
  const names = (await readdir(from)).toSorted((a, b) => Number(a === DATABASE) - Number(b === DATABASE));
  for (const name of names) {
    // The operator's own key counts.
    if (!(await isThere(join(dataDir, name)))) await rename(join(from, name), join(dataDir, name));
  }
  await syncDir(dataDir);
  await removeTree(from);
  await syncDir(dataDir);
}
