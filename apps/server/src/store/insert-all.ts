import { CompiledQuery } from 'kysely';

import { toPreparedText } from './postgres/prepared-text.ts';
import type { RepositoryContext } from './repository-context.ts';

/**
 * An insert of any number of rows with one value, their JSON: it has one text, which databases prepare once, and nothing
 * is compiled for a row. For columns of text, and what `casts` names. The column `details` is JSON.
 */
export function createInsertAll<Column extends string>(
  table: string,
  columns: readonly Column[],
  casts: Partial<Record<Column, 'bigint'>> = {},
) {
  const insert = `insert into ${table} (${columns.join(', ')}) select`;
  const fromPostgres = columns.map((column, index) => {
    const cast = column === 'details' ? 'json' : casts[column];
    return cast === undefined ? `f.fields ->> ${index}` : `(f.fields ->> ${index})::${cast}`;
  });
  const texts = {
    sqlite: `${insert} ${columns.map((_, index) => `value ->> ${index}`).join(', ')} from json_each(?)`,
    postgres: toPreparedText(
      `insert_${table}`,
      `${insert} ${fromPostgres.join(', ')}
      from json_array_elements($1::json) with ordinality as f (fields, number) order by f.number`,
    ),
  };
  return async (
    { kind, db }: Pick<RepositoryContext, 'kind' | 'db'>,
    rows: readonly { [Name in Column]?: string | number | null }[],
  ): Promise<void> => {
    const value = JSON.stringify(rows.map((row) => columns.map((column) => row[column])));
    await db.executeQuery(CompiledQuery.raw(texts[kind], [value]));
  };
}
