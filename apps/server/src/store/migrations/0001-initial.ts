import type { Kysely } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/**
 * The tables of the first version. See `schema.ts` for what the columns mean.
 *
 * Over 100 lines: a flat list of tables.
 */
export const initial: StoreMigration = async (db, types) => {
  const { text, json, integer, real, risingKey } = types;

  await db.schema
    .createTable('sessions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('title', text)
    .addColumn('title_folded', text)
    .addColumn('title_source', text)
    .addColumn('status', text, (c) => c.notNull())
    .addColumn('stop_reason', json)
    .addColumn('agent_id', text, (c) => c.notNull())
    .addColumn('agent_version', integer, (c) => c.notNull())
    .addColumn('environment_id', text, (c) => c.notNull())
    .addColumn('model', text)
    .addColumn('permission_mode', text, (c) => c.notNull())
    .addColumn('metadata', json, (c) => c.notNull())
    .addColumn('agent_session_id', text, (c) => c.notNull().unique())
    .addColumn('parent_session_id', text)
    .addColumn('pinned_at', text)
    .addColumn('last_seq', integer, (c) => c.notNull().defaultTo(0))
    .addColumn('usage', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .addColumn('archived_at', text)
    .addColumn('lease_node_id', text)
    .addColumn('lease_fence', integer, (c) => c.notNull().defaultTo(0))
    .addColumn('lease_expires_at', text)
    .execute();
  // No index contains last_seq, so that PostgreSQL can update it in place (a HOT update) on every append.
  await createIndex(db, 'sessions', ['owner_id', 'updated_at', 'id']);
  await createIndex(db, 'sessions', ['owner_id', 'created_at', 'id']);
  await createIndex(db, 'sessions', ['updated_at', 'id']);
  await createIndex(db, 'sessions', ['created_at', 'id']);
  await createIndex(db, 'sessions', ['status']);

  await db.schema
    .createTable('events')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('seq', integer, (c) => c.notNull())
    .addColumn('id', text, (c) => c.notNull())
    .addColumn('type', text, (c) => c.notNull())
    .addColumn('body', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('events_pkey', ['session_id', 'seq'])
    // Not the id alone: a fork keeps the ids of the events that it copies.
    .addUniqueConstraint('events_id_key', ['session_id', 'id'])
    .execute();

  await db.schema
    .createTable('turn_queue')
    .addColumn('event_id', text, (c) => c.primaryKey())
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('seq', integer, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('content', json, (c) => c.notNull())
    .addColumn('agent_message_uuid', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();
  await createIndex(db, 'turn_queue', ['session_id', 'state', 'seq']);
  await createIndex(db, 'turn_queue', ['state']);

  await db.schema
    .createTable('idempotency_keys')
    .addColumn('user_id', text, (c) => c.notNull())
    .addColumn('request_id', text, (c) => c.notNull())
    .addColumn('content_hash', text, (c) => c.notNull())
    .addColumn('response', json)
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_pkey', ['user_id', 'request_id'])
    .execute();
  await createIndex(db, 'idempotency_keys', ['created_at']);

  await db.schema
    .createTable('transcript_entries')
    .addColumn('position', risingKey)
    .addColumn('agent_session_id', text, (c) => c.notNull())
    .addColumn('subpath', text, (c) => c.notNull())
    .addColumn('uuid', text)
    .addColumn('entry', json, (c) => c.notNull())
    // Both back ends allow many rows without a uuid here.
    .addUniqueConstraint('transcript_entries_uuid_key', ['agent_session_id', 'subpath', 'uuid'])
    .execute();
  await createIndex(db, 'transcript_entries', ['agent_session_id', 'subpath', 'position']);

  await db.schema
    .createTable('approvals')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('tool_use_id', text, (c) => c.notNull())
    .addColumn('tool_name', text, (c) => c.notNull())
    .addColumn('input', json, (c) => c.notNull())
    .addColumn('title', text)
    .addColumn('description', text)
    .addColumn('reason', text)
    .addColumn('suggestions', json, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('decided_by', text)
    .addColumn('decided_at', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .execute();
  await createIndex(db, 'approvals', ['session_id', 'state']);
  await createIndex(db, 'approvals', ['state', 'created_at']);

  await db.schema
    .createTable('model_requests')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('session_id', text)
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('model', text, (c) => c.notNull())
    .addColumn('input_tokens', integer, (c) => c.notNull())
    .addColumn('output_tokens', integer, (c) => c.notNull())
    .addColumn('cache_read_tokens', integer, (c) => c.notNull())
    .addColumn('cache_write_tokens', integer, (c) => c.notNull())
    .addColumn('cost_usd', real)
    .addColumn('status_code', integer)
    .addColumn('is_error', integer, (c) => c.notNull())
    .addColumn('duration_ms', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .execute();
  await createIndex(db, 'model_requests', ['owner_id', 'created_at']);
  await createIndex(db, 'model_requests', ['session_id']);
  await createIndex(db, 'model_requests', ['created_at']);

  await db.schema
    .createTable('settings')
    .addColumn('key', text, (c) => c.primaryKey())
    .addColumn('value', json, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();

  for (const table of ['agents', 'environments']) {
    await db.schema
      .createTable(table)
      .addColumn('id', text, (c) => c.notNull())
      .addColumn('version', integer, (c) => c.notNull())
      .addColumn('name', text, (c) => c.notNull())
      .addColumn('definition', json, (c) => c.notNull())
      .addColumn('created_at', text, (c) => c.notNull())
      .addColumn('archived_at', text)
      .addPrimaryKeyConstraint(`${table}_pkey`, ['id', 'version'])
      .execute();
  }
};

async function createIndex(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${columns.join('_')}_idx`)
    .on(table)
    .columns(columns)
    .execute();
}
