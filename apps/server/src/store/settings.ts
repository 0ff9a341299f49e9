import { sql } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';

export interface SettingRepository {
  /** The value as parsed JSON; undefined when it was never set. Check its shape before use. */
  find(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /**
   * Sets the value if it is still `expected`, as `find` returned it; undefined stands for none. False when it is another by
   * now.
   */
  replace(key: string, change: { expected: unknown; value: unknown }): Promise<boolean>;
  /** False when there was none. */
  delete(key: string): Promise<boolean>;
  /** All settings whose key begins with `prefix`, by key. */
  list(prefix: string): Promise<Array<{ key: string; value: unknown }>>;
}

export function createSettingRepository({ db, now }: RepositoryContext): SettingRepository {
  return {
    async find(key) {
      const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
      return row && fromJson<unknown>(row.value);
    },

    async set(key, value) {
      const change = { value: toJson(value), updated_at: now() };
      const insert = db.insertInto('settings').values({ key, ...change });
      await insert.onConflict((conflict) => conflict.column('key').doUpdateSet(change)).execute();
    },

    async replace(key, { expected, value }) {
      const change = { value: toJson(value), updated_at: now() };
      if (expected === undefined) {
        const insert = db.insertInto('settings').values({ key, ...change });
        const { numInsertedOrUpdatedRows = 0n } = await insert
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows > 0n;
      }
      const { numUpdatedRows } = await db
        .updateTable('settings')
        .set(change)
        .where('key', '=', key)
        // PostgreSQL compares no `json`.
        .where(sql<string>`cast(value as text)`, '=', toJson(expected))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async delete(key) {
      const result = await db.deleteFrom('settings').where('key', '=', key).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async list(prefix) {
      const rows = await db.selectFrom('settings').select(['key', 'value']).orderBy('key').execute();
      const matching = rows.filter((row) => row.key.startsWith(prefix));
      return matching.map((row) => ({ key: row.key, value: fromJson<unknown>(row.value) }));
    },
  };
}
