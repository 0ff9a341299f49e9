import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sql } from 'kysely';

import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createIdentity, type Identity, type IdentityDeps } from './identity.ts';

/** For tests: one database that any number of identities open, as servers after one another or at once do. */
export interface IdentityHarness extends AsyncDisposable {
  /** Advances the clock of every identity. */
  advance(ms: number): void;
  /** Sets the time of day back, while no time passes. */
  setBack(ms: number): void;
  nowMs(): number;
  open(options?: Partial<IdentityDeps>): Promise<{ identity: Identity; store: Store }>;
  /** Everything that was logged. */
  logged(): string;
  /** Everything that the database holds, as bytes. */
  dump(): Promise<Buffer>;
}

/** Opens a harness on SQLite, or on a new database of `postgres`. */
export async function createIdentityHarness(postgres?: {
  createDatabase(): Promise<string>;
}): Promise<IdentityHarness> {
  const directory = await mkdtemp(join(tmpdir(), 'csp-identity-'));
  const url = postgres === undefined ? `sqlite:${join(directory, 'csp.db')}` : await postgres.createDatabase();
  const stores: Store[] = [];
  const lines: string[] = [];
  let nowMs = Date.now();
  let passedMs = 0;
  const log = (fields: object, message: string): void => void lines.push(JSON.stringify([fields, message]));

  async function open(options: Partial<IdentityDeps> = {}): Promise<{ identity: Identity; store: Store }> {
    const store = await openStore({ url });
    stores.push(store);
    const identity = createIdentity({
      kind: store.kind,
      database: store.database,
      secret: 'the secrets key of this server',
      baseUrl: 'http://127.0.0.1:4600',
      logger: { debug: log, info: log, warn: log, error: log },
      clock: { now: () => nowMs },
      monotonicMs: () => passedMs,
      ...options,
    });
    await identity.start();
    return { identity, store };
  }

  return {
    advance(ms) {
      nowMs += ms;
      passedMs += ms;
    },
    setBack: (ms) => void (nowMs -= ms),
    nowMs: () => nowMs,
    logged: () => lines.join('\n'),

    open,

    async dump() {
      if (postgres === undefined) {
        const names = await readdir(directory);
        return Buffer.concat(await Promise.all(names.map((name) => readFile(join(directory, name)))));
      }
      const { store } = await open();
      const tables = await store.database.introspection.getTables();
      const rows = await Promise.all(
        tables.map(({ name }) =>
          sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(store.database),
        ),
      );
      return Buffer.from(rows.flatMap((result) => result.rows.map(({ row }) => row)).join('\n'));
    },

    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
