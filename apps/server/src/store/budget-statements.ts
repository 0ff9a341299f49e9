import { CompiledQuery } from 'kysely';

import { toPreparedText } from './postgres/prepared-text.ts';
import type { RepositoryContext } from './repository-context.ts';

/** From which day on the spending of each period counts, such as `2026-01-31`; and when reservations were made that have ended. */
export interface CountedSince {
  day: string;
  month: string;
  staleBefore: string;
}

type Kind = RepositoryContext['kind'];

/** What a value of the statement is, in the dialect of the database. */
interface Placeholders {
  day: string;
  month: string;
  staleBefore: string;
  /** A condition that a column is one of the ids. */
  isAmong(column: string): string;
}

const COLUMNS = [
  ...['id', 'scope', 'target_id', 'period', 'limit_micro_usd', 'warn_at', 'fallback_at', 'fallback_model'],
  ...['version', 'created_at', 'updated_at'],
];

function toText({ day, month, staleBefore, isAmong }: Placeholders): string {
  const spent = (column: string) => `(
    select coalesce(sum(s.${column}), 0) from spend_days s
    where s.scope = b.scope and s.target_id = b.target_id
      and s.day >= case b.period when 'day' then ${day} when 'month' then ${month} else '' end)`;
  return `select ${COLUMNS.map((column) => `b.${column}`).join(', ')},
    ${spent('micro_usd')} as spent, ${spent('unpriced')} as unpriced,
    (select coalesce(sum(r.micro_usd), 0) from budget_reservations r
      where r.budget_id = b.id and r.created_at >= ${staleBefore}) as reserved
    from budgets b where ${isAmong('b.id')} order by b.id`;
}

/** Statements of every model call that a budget limits: each has one text, which connections prepare once. */
const STATES: Readonly<Record<Kind, string>> = {
  sqlite: toText({
    ...{ day: '?', month: '?', staleBefore: '?' },
    isAmong: (column) => `${column} in (select value from json_each(?))`,
  }),
  postgres: toPreparedText(
    'read_budget_states',
    toText({ day: '$1', month: '$2', staleBefore: '$3', isAmong: (column) => `${column} = any($4::text[])` }),
  ),
};

const LOCK = toPreparedText(
  'lock_budgets',
  `select set_config('synchronous_commit', 'off', true) as off from budgets
    where id = any($1::text[]) order by id for update`,
);

/** Reads budgets with what counts against them, by id. */
export function toStatesQuery<Row>(
  kind: Kind,
  ids: readonly string[],
  { day, month, staleBefore }: CountedSince,
): CompiledQuery<Row> {
  return kind === 'sqlite'
    ? CompiledQuery.raw(STATES.sqlite, [day, month, day, month, staleBefore, JSON.stringify(ids)])
    : CompiledQuery.raw(STATES.postgres, [day, month, staleBefore, ids]);
}

const RELEASE: Readonly<Record<Kind, string>> = {
  sqlite: `update budget_reservations set micro_usd = micro_usd - given.amount
    from (select value ->> 0 as id, value ->> 1 as amount from json_each(?)) as given where call_id = given.id`,
  postgres: toPreparedText(
    'release_reservations',
    `update budget_reservations r set micro_usd = r.micro_usd - given.amount
    from (select f ->> 0 as id, (f ->> 1)::bigint as amount from json_array_elements($1::json) f) as given
    where r.call_id = given.id`,
  ),
};

/** Takes amounts off reservations, each named once. */
export function toReleaseQuery(kind: Kind, given: readonly (readonly [id: string, microUsd: number])[]): CompiledQuery {
  return CompiledQuery.raw(RELEASE[kind], [JSON.stringify(given)]);
}

/** Locks budgets in the order of their ids until the end of the transaction, which then does not wait for its flush. */
export function toLockQuery(ids: readonly string[]): CompiledQuery {
  return CompiledQuery.raw(LOCK, [ids]);
}
