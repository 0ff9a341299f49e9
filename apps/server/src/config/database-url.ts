import { join } from 'node:path';
import type { Config } from './load-config.ts';

/** The database that a configuration means, as `openStore` takes it: PostgreSQL if set, else a file in the data directory. */
export function toDatabaseUrl(config: Pick<Config, 'databaseUrl' | 'dataDir'>): string {
  return config.databaseUrl ?? `sqlite:${join(config.dataDir, 'csp.db')}`;
}
