import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';

import { POSTGRES_TYPES, SQLITE_TYPES } from '../migrations/column-types.ts';
import { migrate } from '../migrations/migrate.ts';
import { openStore } from '../open-store.ts';
import { openPostgresDialect } from '../postgres/postgres-database.ts';
import type { StoreTables } from '../schema.ts';
import { openSqliteDialect } from '../sqlite/sqlite-database.ts';
import { newEvent, newEvents, newSession, type BackEnd } from './back-end.ts';

export function describeMigrations(backEnd: BackEnd): void {
  test('keeps the journals that an older version wrote, which go on where they were, and what was spent', async () => {
    const url = await backEnd.createDatabase();
    const bodies = [newEvent('one \u0000\ud800'), newEvent('two'), newEvent('three')];
    const ids = ['sesn_a', 'sesn_b'];
    {
      const isSqlite = url.startsWith('sqlite:');
      const dialect = isSqlite
        ? await openSqliteDialect(url.slice('sqlite:'.length))
        : await openPostgresDialect({ url });
      await using database = new Kysely<StoreTables>({ dialect });
      await migrate(database, isSqlite ? SQLITE_TYPES : POSTGRES_TYPES, { through: '0002-definitions-and-files' });
      const at = '2026-02-01T12:00:00.000Z';
      for (const id of ids) {
        const { ownerId, agentId, agentVersion, environmentId, permissionMode, agentSessionId } = newSession();
        await database
          .insertInto('sessions')
          .values({
            ...{ id, owner_id: ownerId, status: 'idle', agent_id: agentId, agent_version: agentVersion },
            ...{ environment_id: environmentId, permission_mode: permissionMode, agent_session_id: agentSessionId },
            ...{ metadata: '{}', usage: '{}', last_seq: bodies.length, created_at: at, updated_at: at },
          })
          .execute();
        const rows = bodies.map((event, index) => ({
          ...{ session_id: id, seq: index + 1, id: event.id, type: event.type, created_at: at },
          body: JSON.stringify(event.body),
        }));
        await database.insertInto('events').values(rows).execute();
      }
      const tokens = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 };
      const request = { ...tokens, session_id: 'sesn_a', owner_id: 'ann', model: 'opus', is_error: 0, duration_ms: 1 };
      const costs = ['0.25', 'null'];
      for (const [index, cost] of costs.entries()) {
        const values = { ...request, id: `req_${index}`, created_at: at, cost_usd: sql.raw(cost) };
        await sql`insert into model_requests (${sql.join(Object.keys(values).map((column) => sql.ref(column)))})
          values (${sql.join(Object.values(values))})`.execute(database);
      }
    }

    await using store = await openStore({ url });
    const spent = { day: '2026-02-01', micro_usd: 250_000, unpriced: 1 };
    expect(await store.database.selectFrom('spend_days').selectAll().orderBy('scope').execute()).toMatchObject([
      { ...spent, scope: 'agent', target_id: newSession().agentId },
      { ...spent, scope: 'platform', target_id: '' },
      { ...spent, scope: 'user', target_id: 'ann' },
    ]);
    expect(await store.spendDays.listUncounted(1)).toEqual([]);
    for (const id of ids) {
      const stored = await store.events.readAfter(id, 0, 10);
      expect(stored.map(({ seq, id: eventId, body }) => ({ seq, id: eventId, body }))).toEqual(
        bodies.map(({ id: eventId, body }, index) => ({ seq: index + 1, id: eventId, body })),
      );
      expect(await store.events.append(id, 0, newEvents(2))).toBe(4);
      const [known] = bodies;
      if (known === undefined) throw new Error('no event');
      await expect(store.events.append(id, 0, [known])).rejects.toMatchObject({ code: 'conflict' });
    }
  });
}
