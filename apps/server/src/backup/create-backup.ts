import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';

import packageJson from '../../package.json' with { type: 'json' };
import { SYSTEM, toAuditFact } from '../audit/fact.ts';
import type { Config } from '../config/load-config.ts';
import { toDatabaseUrl } from '../config/database-url.ts';
import { readIfThere } from '../data-dir/make-once.ts';
import { listOwnDirs } from '../data-dir/own-dirs.ts';
import { PLACE_FILE, SHARED_PLACE } from '../data-dir/shared-dir.ts';
import { copySecretsKeys, findSecretsKey } from '../data-dir/server-secrets.ts';
import { syncDir } from '../lib/sync-dir.ts';
import { createKeyring } from '../secrets/keyring.ts';
import { openStore } from '../store/open-store.ts';
import type { PortableValue } from '../store/snapshot/portable-row.ts';
import { openSnapshot } from '../store/snapshot/snapshot.ts';
import {
  copyAuditHead,
  copyRest,
  copyUploads,
  copyWorkspaces,
  readUsageSpool,
  writeUsageSpool,
  type DataCopy,
} from './copy-data-dir.ts';
import { indexFiles } from './index-files.ts';
import { BackupError, DATABASE_DIR, DATA_DIR, FORMAT, MANIFEST_FILE, type Manifest } from './manifest.ts';
import { readTable, writeTables } from './table-files.ts';

export interface BackupOptions {
  /** A folder that is not there yet, or is empty. */
  target: string;
  /** Also takes the secrets key, so that whoever has the backup can read every secret in it. */
  withSecretsKey: boolean;
  signal: AbortSignal;
}

export interface CreatedBackup {
  manifest: Manifest;
  /** Why the audit log does not have it, as on a read-only disk, which is no reason to make no backup. */
  auditProblem: string | undefined;
}

/**
 * Backs up what a configuration means, with or without running servers: they are not asked, and wait for nothing. The
 * folder gets its name when all of it is on the disk; whatever interrupts that leaves no folder of this name.
 *
 * The rows come first, as they were at one moment; then the files that they name. A file is never older than its row, and
 * one that was deleted since is noted.
 * @throws BackupError, StoreError, or a system error such as on a full disk
 */
export async function createBackup(config: Config, options: BackupOptions): Promise<CreatedBackup> {
  const { signal } = options;
  const target = resolve(options.target);
  for (const dir of listOwnDirs(config)) await assertFree(target, dir);
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    const auditProblem = await record(config).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
    );
    const manifest = await fill(partial, config, options);
    signal.throwIfAborted();
    await rmdir(target).catch(() => undefined);
    await rename(partial, target);
    await syncDir(dirname(target));
    return { manifest, auditProblem };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (signal.aborted) throw signal.reason;
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new BackupError(`The disk of ${target} is full. Nothing of this backup is left there.`, { cause: error });
  }
}

/** Before the snapshot, so that the backup has it too. A running server chains the fact. */
async function record(config: Config): Promise<void> {
  await using store = await openStore({ url: toDatabaseUrl(config), isExisting: true });
  const details = { by: userInfo().username };
  const fact = { actor: SYSTEM, action: 'server.backup', target: { type: 'server', id: null }, details } as const;
  await store.audit.add([toAuditFact(fact, Date.now())]);
}

async function fill(
  dir: string,
  config: Config,
  { withSecretsKey, signal }: Omit<BackupOptions, 'target'>,
): Promise<Manifest> {
  const { dataDir, sharedDir } = config;
  const secretsKey = await findSecretsKey(config);
  const leftOut = { count: 0, paths: [] };
  const copy: DataCopy = { ...{ from: dataDir, sharedDir, to: join(dir, DATA_DIR) }, ...{ signal, leftOut } };
  await mkdir(join(dir, DATABASE_DIR), { mode: 0o700 });
  await mkdir(copy.to, { mode: 0o700 });
  await copyAuditHead(copy);
  const { at, database } = await dump(config, { dir, copy, signal });
  await assertShared(config, dir, database);
  const deleted = await copyUploads(copy, readFileIds(dir, database));
  await copyWorkspaces(copy, readSessionIds(dir, database));
  await copyRest(copy);
  if (withSecretsKey) await copySecretsKeys(config, copy.to);
  const manifest: Manifest = {
    ...{ ...FORMAT, id: randomUUID(), at, server_version: packageJson.version, database },
    secrets_key: {
      id: secretsKey === undefined ? null : createKeyring(secretsKey).current.id,
      included: withSecretsKey && secretsKey !== undefined,
    },
    index: await indexFiles(dir, signal),
    deleted_meanwhile: deleted,
    left_out: copy.leftOut,
    finished_at: new Date().toISOString(),
  };
  await using file = await open(join(dir, MANIFEST_FILE), 'wx', 0o600);
  await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
  await file.sync();
  await syncDir(dir);
  return manifest;
}

/** The snapshot is held only while the rows are written. */
async function dump(
  config: Config,
  { dir, copy, signal }: { dir: string; copy: DataCopy; signal: AbortSignal },
): Promise<Pick<Manifest, 'at' | 'database'>> {
  const spoolBefore = await readUsageSpool(config.dataDir);
  await using snapshot = await openSnapshot(toDatabaseUrl(config));
  const spoolBehind = await readUsageSpool(config.dataDir);
  const at = new Date().toISOString();
  await writeUsageSpool(copy.to, [spoolBefore, spoolBehind]);
  const tables = await writeTables(snapshot, dir, signal);
  return { at, database: { kind: snapshot.kind, schema: snapshot.schema, tables } };
}

/** @throws BackupError where the folder with workspaces and uploads is not the one that the database knows */
async function assertShared({ sharedDir }: Config, dir: string, database: Manifest['database']): Promise<void> {
  for await (const [key, value = ''] of readColumns(dir, database, { table: 'settings', columns: ['key', 'value'] })) {
    if (key !== SHARED_PLACE) continue;
    const place = sharedDir === undefined ? undefined : await readIfThere(join(sharedDir, PLACE_FILE));
    if (place !== undefined && value === JSON.stringify(place)) return;
    throw new BackupError(
      `The workspaces and uploads are on a disk that servers share, and ${sharedDir === undefined ? 'CLAUDE_SDK_PATTERN_SHARED_DIR does not name it' : `${sharedDir} is not it: mount the disk`}.`,
    );
  }
}

async function* readFileIds(dir: string, database: Manifest['database']): AsyncGenerator<string> {
  for await (const [id = ''] of readColumns(dir, database, { table: 'files', columns: ['id'] })) yield id;
}

async function* readSessionIds(
  dir: string,
  database: Manifest['database'],
): AsyncGenerator<readonly [id: string, agentSessionId: string]> {
  const columns = ['id', 'agent_session_id'];
  for await (const [id = '', agentSessionId = ''] of readColumns(dir, database, { table: 'sessions', columns }))
    yield [id, agentSessionId];
}

async function* readColumns(
  dir: string,
  { tables }: Manifest['database'],
  { table, columns }: { table: string; columns: readonly string[] },
): AsyncGenerator<readonly string[]> {
  const found = tables.find(({ name }) => name === table);
  if (found === undefined) return;
  const indexes = columns.map((column) => found.columns.indexOf(column));
  for await (const rows of readTable(dir, found)) {
    for (const row of rows) yield indexes.map((index) => toText(row[index]));
  }
}

/** The columns that are read here are ids. */
function toText(value: PortableValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

async function assertFree(target: string, dataDir: string): Promise<void> {
  await stat(dataDir).catch((cause: unknown) => {
    throw new BackupError(`There is no folder ${dataDir}. Correct CLAUDE_SDK_PATTERN_DATA_DIR or _SHARED_DIR.`, {
      cause,
    });
  });
  const parent = await realpath(dirname(target)).catch((cause: unknown) => {
    throw new BackupError(`The folder ${dirname(target)} is not there. Make it first.`, { cause });
  });
  const path = relative(await realpath(dataDir), join(parent, basename(target)));
  if (path === '' || !path.startsWith('..'))
    throw new BackupError(`${target} is inside the data directory. Put backups on another disk.`);
  const content = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new BackupError(`${target} is no folder. Name one that is not there yet.`, { cause: error });
  });
  if (content.length > 0)
    throw new BackupError(`${target} is there already. A backup never replaces another: name a new folder.`);
}
