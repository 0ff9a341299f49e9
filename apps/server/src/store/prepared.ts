import { CompiledQuery, type Compilable, type Kysely, type QueryResult } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';

/** Runs a prepared statement on the database or transaction of the context. */
export type Prepared<Values extends object, Row> = (
  context: Pick<RepositoryContext, 'kind' | 'db'>,
  values: Values,
) => Promise<QueryResult<Row>>;

/** A placeholder, while a statement is built, for the value of each run. */
class Placeholder {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/**
 * Builds and compiles a statement once for each kind of database, and then runs it with other values. For statements
 * of every turn: building one with Kysely takes several times as long as running it in SQLite (50 to 100 µs).
 * @param build puts `value(NAME)` where a value belongs. It runs once, so nothing else in it may vary.
 */
export function prepare<Values extends object, Row>(
  build: (db: Kysely<StoreTables>, value: <Name extends keyof Values>(name: Name) => Values[Name]) => Compilable<Row>,
): Prepared<Values, Row> {
  const statements = new Map<RepositoryContext['kind'], CompiledQuery<Row>>();
  return ({ kind, db }, values) => {
    let statement = statements.get(kind);
    if (statement === undefined) {
      statement = build(db, (name) => new Placeholder(name) as never).compile();
      statements.set(kind, statement);
    }
    const parameters = statement.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
    return db.executeQuery(CompiledQuery.raw(statement.sql, parameters));
  };
}

/** The same for statements that differ in something, such as their number of rows: each is built once for each key. */
export function prepareEach<Key extends string | number, Values extends object, Row>(
  build: (
    key: Key,
    db: Kysely<StoreTables>,
    value: <Name extends keyof Values>(name: Name) => Values[Name],
  ) => Compilable<Row>,
): (key: Key) => Prepared<Values, Row> {
  const all = new Map<Key, Prepared<Values, Row>>();
  return (key) => {
    const known = all.get(key) ?? prepare<Values, Row>((db, value) => build(key, db, value));
    all.set(key, known);
    return known;
  };
}
