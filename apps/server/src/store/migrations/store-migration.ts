import type { Kysely } from 'kysely';

import type { ColumnTypes } from './column-types.ts';

/** One step of the schema, written for both back ends. */
export type StoreMigration = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;
