import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** Deployments and their runs, and which deployment made a session. */
export const deployments: StoreMigration = async (db, { text, json, integer }) => {
  await db.schema
    .createTable('deployments')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('agent_id', text, (c) => c.notNull())
    .addColumn('agent_version', integer, (c) => c.notNull())
    .addColumn('environment_id', text, (c) => c.notNull())
    .addColumn('content', json, (c) => c.notNull())
    .addColumn('paused_reason', json)
    .addColumn('next_run_at', text)
    .addColumn('last_run_at', text)
    .addColumn('failures', integer, (c) => c.notNull().defaultTo(0))
    .addColumn('version', integer, (c) => c.notNull().defaultTo(1))
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .addColumn('archived_at', text)
    .execute();
  await db.schema
    .createIndex('deployments_owner')
    .on('deployments')
    .columns(['owner_id', 'created_at', 'id'])
    .execute();
  await sql`create index deployments_due on deployments (next_run_at) where next_run_at is not null`.execute(db);
  await db.schema
    .createTable('deployment_runs')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('deployment_id', text, (c) => c.notNull())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('agent_id', text, (c) => c.notNull())
    .addColumn('agent_version', integer, (c) => c.notNull())
    .addColumn('trigger_type', text, (c) => c.notNull())
    .addColumn('trigger_key', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('session_id', text)
    .addColumn('error', json)
    .addColumn('task', json)
    .addColumn('attempts', integer, (c) => c.notNull())
    .addColumn('busy_until', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .addUniqueConstraint('deployment_runs_trigger', ['deployment_id', 'trigger_key'])
    .execute();
  await db.schema
    .createIndex('deployment_runs_owner')
    .on('deployment_runs')
    .columns(['owner_id', 'created_at', 'id'])
    .execute();
  await db.schema
    .createIndex('deployment_runs_deployment')
    .on('deployment_runs')
    .columns(['deployment_id', 'created_at', 'id'])
    .execute();
  await sql`create index deployment_runs_pending on deployment_runs (busy_until) where busy_until is not null`.execute(
    db,
  );
  await db.schema.createIndex('deployment_runs_created').on('deployment_runs').column('created_at').execute();
  await db.schema.alterTable('sessions').addColumn('deployment_id', text).execute();
  await sql`create index sessions_deployment on sessions (deployment_id, created_at) where deployment_id is not null`.execute(
    db,
  );
};
