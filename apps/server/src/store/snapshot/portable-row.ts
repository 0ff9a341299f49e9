import { StoreError } from '../store-error.ts';

/** A value of a column as a backup keeps it: bytes as an object, times as ISO 8601, JSON as its text. */
export type PortableValue = string | number | boolean | null | { base64: string };
export type PortableRow = readonly PortableValue[];

export interface SnapshotTable {
  name: string;
  columns: readonly string[];
}

/**
 * The database as it was at one moment, read beside servers that go on writing. They wait for nothing; until `close`,
 * SQLite cannot shorten its write-ahead log, and PostgreSQL cannot remove old rows.
 */
export interface Snapshot extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres';
  /** The name of the last migration. */
  readonly schema: string;
  /** By name. */
  readonly tables: readonly SnapshotTable[];
  /** The rows of a table, some megabytes at most together. */
  readRows(table: SnapshotTable): AsyncIterable<readonly PortableRow[]>;
}

export function toPortable(value: unknown): PortableValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  throw new TypeError(`A column holds a value of a type that no backup keeps: ${typeof value}`);
}

/** @throws StoreError `newer_schema`, `corrupt` without any migration */
export function toSchema(migrations: readonly string[], known: readonly string[]): string {
  const unknown = migrations.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new StoreError(
      'newer_schema',
      `The database was migrated by a newer version (${unknown.join(', ')}). Use the csp command of that version.`,
    );
  const last = migrations.toSorted().at(-1);
  if (last === undefined) throw new StoreError('corrupt', 'The database has no tables of this software.');
  return last;
}
