import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
/** Folder of the rows of the database, a file for each table. */
export const DATABASE_DIR = 'database';
/** Folder of what was in the data directory. */
export const DATA_DIR = 'data';
/** One line for each file, with its digest. */
export const INDEX_FILE = 'index.jsonl';

const VERSION = 1;
/** Tables and columns stand in statements, and tables in paths: nothing in a manifest leads elsewhere. */
const databaseName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const manifestSchema = z.object({
  format: z.literal('csp-backup'),
  format_version: z.number(),
  id: z.string(),
  /** When the database was as it is in the backup, ISO 8601. */
  at: z.string(),
  finished_at: z.string(),
  server_version: z.string(),
  database: z.object({
    kind: z.enum(['sqlite', 'postgres']),
    /** The last migration. */
    schema: z.string(),
    tables: z.array(z.object({ name: databaseName, columns: z.array(databaseName), rows: z.number() })),
  }),
  /** `id` says which key it is and nothing about it; null where the server has none. */
  secrets_key: z.object({ id: z.string().nullable(), included: z.boolean() }),
  /** Of all files, those of the database included. */
  index: z.object({ sha256: z.string(), entries: z.number(), bytes: z.number() }),
  /** Rows of `files` whose bytes were gone: they were deleted while the backup ran, and are left out by a restore. */
  deleted_meanwhile: z.array(z.string()),
  left_out: z.object({ count: z.number(), paths: z.array(z.string()) }),
});

/** What a backup holds, and how to see that it is whole. */
export type Manifest = z.infer<typeof manifestSchema>;

export const FORMAT = { format: 'csp-backup', format_version: VERSION } as const;

/** Says why a backup cannot be made, read or restored, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** @throws BackupError where there is none, or one that this version does not know */
export async function readManifest(dir: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(dir, MANIFEST_FILE), 'utf8');
  } catch (error) {
    throw new BackupError(`${dir} is no finished backup: it has no ${MANIFEST_FILE}.`, { cause: error });
  }
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new BackupError(`${join(dir, MANIFEST_FILE)} is damaged.`);
  if (parsed.data.format_version > VERSION)
    throw new BackupError(`A newer version has made this backup (${parsed.data.server_version}). Use its csp command.`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
