import type { Kysely } from 'kysely';

import { systemClock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import { createAuth } from './auth.ts';
import { migrateAuth } from './migrate-auth.ts';

const ignore = () => undefined;

/** Makes the `auth_…` tables of this version, empty. Works without any of the settings of a server. */
export async function makeAuthTables(target: {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
}): Promise<void> {
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const unused = { secret: 'none: only the schema is made', baseUrl: 'http://127.0.0.1' };
  const auth = createAuth({ ...target, ...unused, logger, clock: systemClock, onChange: async () => ignore() });
  await migrateAuth(auth, target, async () => ignore());
}
