import { sql, type RawBuilder } from 'kysely';

/** Column types that differ between the back ends. */
export interface ColumnTypes {
  kind: 'sqlite' | 'postgres';
  /** Text that is compared byte by byte, so that ids and timestamps sort alike everywhere. */
  text: RawBuilder<unknown>;
  /** JSON kept as the text that was written (see `json-column.ts`). */
  json: RawBuilder<unknown>;
  /** A whole number up to 2^53. */
  integer: RawBuilder<unknown>;
  /** A 64-bit floating point number. */
  real: RawBuilder<unknown>;
  /** Bytes as they are. */
  bytes: RawBuilder<unknown>;
  /** A primary key that rises with every row. */
  risingKey: RawBuilder<unknown>;
}

export const SQLITE_TYPES: ColumnTypes = {
  kind: 'sqlite',
  text: sql`text`,
  json: sql`text`,
  integer: sql`integer`,
  real: sql`real`,
  bytes: sql`blob`,
  risingKey: sql`integer primary key autoincrement`,
};

export const POSTGRES_TYPES: ColumnTypes = {
  kind: 'postgres',
  text: sql`text collate "C"`,
  json: sql`json`,
  integer: sql`bigint`,
  real: sql`double precision`,
  bytes: sql`bytea`,
  risingKey: sql`bigint generated always as identity primary key`,
};
