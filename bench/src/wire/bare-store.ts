import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The minimum that makes events durable in SQLite: one table without indexes, sessions, numbers or leases. */
export interface BareStore extends AsyncDisposable {
  /** Inserts all events in one transaction. Resolves when they are on the disk. */
  append(bodies: readonly string[]): Promise<void>;
}

/** A new file with a write-ahead log, synced as the platform's store syncs it. */
export async function openBareStore(): Promise<BareStore> {
  const folder = await mkdtemp(join(tmpdir(), 'csp-bare-'));
  const path = join(folder, 'bare.db');
  const database = new DatabaseSync(path);
  database.exec('pragma journal_mode = WAL; pragma synchronous = NORMAL; pragma cache_size = -16000;');
  database.exec('create table events (body text not null)');
  const begin = database.prepare('begin immediate');
  const insert = database.prepare('insert into events (body) values (?)');
  const commit = database.prepare('commit');
  const log = await open(`${path}-wal`, 'r');
  return {
    async append(bodies) {
      begin.run();
      for (const body of bodies) insert.run(body);
      commit.run();
      await log.datasync();
    },
    async [Symbol.asyncDispose]() {
      await log.close();
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
