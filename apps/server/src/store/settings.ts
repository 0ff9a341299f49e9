import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';

export interface SettingRepository {
  /** The value as parsed JSON; undefined when it was never set. Check its shape before use. */
  find(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
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
