import type { EmbeddedPostgresServer } from './embedded-postgres.ts';

/**
 * Databases that tests find as they were prepared. A used one is emptied for the next test, which takes a twentieth of
 * the time of copying one.
 */
export interface DatabasePool {
  /** The `postgres://` URL of a database that no other test uses. */
  take(): Promise<string>;
  /** Takes back all that were taken; call it after each test. Whoever is still connected is cut off at the next `take`. */
  giveBack(): void;
}

interface PooledDatabase {
  url: string;
  /** SQL that makes its content what it was when it was prepared. */
  reset: string;
}

/** @param prepare Makes the tables of a new database. It must close its connections. */
export function createDatabasePool(
  server: EmbeddedPostgresServer,
  prepare: (url: string) => Promise<void>,
): DatabasePool {
  const free: PooledDatabase[] = [];
  const taken: PooledDatabase[] = [];

  const create = async (): Promise<PooledDatabase> => {
    const url = await server.createDatabase();
    await prepare(url);
    return { url, reset: await describeReset(server, url) };
  };

  return {
    async take() {
      const used = free.pop();
      if (used) await server.query(used.url, `${CUT_OFF_OTHERS}; ${used.reset}`);
      const database = used ?? (await create());
      taken.push(database);
      return database.url;
    },
    giveBack() {
      free.push(...taken.splice(0));
    },
  };
}

const CUT_OFF_OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

/**
 * SQL that deletes the rows of every table, writes those again that are there now, and begins every sequence anew.
 * Foreign keys and triggers do not act meanwhile.
 */
async function describeReset(server: EmbeddedPostgresServer, url: string): Promise<string> {
  const tables = await server.query<Named>(url, "select tablename as name from pg_tables where schemaname = 'public'");
  const sequences = await server.query<Named>(url, 'select sequencename as name from pg_sequences');
  const statements = ['set session_replication_role = replica'];
  for (const { name } of tables) {
    statements.push(`delete from "${name}"`);
    const [content] = await server.query<{ rows: string | null }>(
      url,
      `select quote_literal(json_agg(t)::text) as rows from "${name}" t`,
    );
    if (content?.rows) {
      statements.push(`insert into "${name}" select * from json_populate_recordset(null::"${name}", ${content.rows})`);
    }
  }
  return [...statements, ...sequences.map(({ name }) => `alter sequence "${name}" restart`)].join(';\n');
}

interface Named {
  name: string;
}
