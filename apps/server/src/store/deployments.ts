import type { Selectable } from 'kysely';

import { fromJson, toJson, toPlainText } from './json-column.ts';
import { findNewest } from './newest-first.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { DeploymentTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** An agent with all that it needs to run by itself. Times are ISO 8601 in UTC. */
export interface StoredDeployment {
  id: string;
  ownerId: string;
  name: string;
  agentId: string;
  agentVersion: number;
  environmentId: string;
  /** What `triggers` keeps besides: parsed JSON. */
  content: unknown;
  /** Why it is paused; null while it is active. Parsed JSON. */
  pausedReason: unknown;
  /** When its schedule is due; null without a schedule, while it is paused and when it is archived. */
  nextRunAt: string | null;
  lastRunAt: string | null;
  /** Runs that failed, one after the other. */
  failures: number;
  /** Rises with every change by people. */
  version: number;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
}

export type NewDeployment = Pick<
  StoredDeployment,
  'id' | 'ownerId' | 'name' | 'agentId' | 'agentVersion' | 'environmentId' | 'content' | 'nextRunAt'
>;

export type DeploymentPatch = Partial<
  Omit<StoredDeployment, 'id' | 'ownerId' | 'version' | 'createdAt' | 'updatedAt' | 'lastRunAt'>
>;

export interface DeploymentListOptions {
  /** Null lists those of every owner. */
  ownerId: string | null;
  agentId?: string;
  status?: 'active' | 'paused';
  includeArchived?: boolean;
  /** ISO 8601, inclusive. */
  createdFrom?: string;
  createdThrough?: string;
  limit: number;
  cursor?: string | null;
}

export interface DeploymentRepository {
  create(deployment: NewDeployment): Promise<StoredDeployment>;
  find(id: string): Promise<StoredDeployment | undefined>;
  /** Makes the next version. Undefined when there is none. Throws `conflict` when it has another version by now. */
  update(id: string, version: number, patch: DeploymentPatch): Promise<StoredDeployment | undefined>;
  /** Those whose schedule is due at this time, the longest due first. */
  listDue(time: string, limit: number): Promise<StoredDeployment[]>;
  /** The earliest time at which one is due; undefined where none has a schedule. */
  findNextDue(): Promise<string | undefined>;
  /** Moves a schedule on from the time that was due. False when another server did so before. */
  moveOn(id: string, due: { nextRunAt: string; next: string | null; lastRunAt: string }): Promise<boolean>;
  /** Notes the end of a run: 0 after a good one, one more after another. Answers with the failures in a row. */
  noteOutcome(id: string, outcome: 'started' | 'failed'): Promise<number>;
  /** Last made first. Throws `invalid_cursor`. */
  list(options: DeploymentListOptions): Promise<{ deployments: StoredDeployment[]; nextCursor: string | null }>;
  /** Those whose last run failed, without archived ones. */
  countFailing(): Promise<number>;
  /** Archived ones are not counted. */
  count(ownerId: string): Promise<number>;
  /** Those that a schedule will run: neither paused nor archived ones. */
  countScheduled(ownerId: string): Promise<number>;
  /** Ids of all of a user, archived ones included. */
  listIds(ownerId: string): Promise<string[]>;
  /** With its runs. */
  delete(id: string): Promise<void>;
}

/** Over 100 lines: one method for each statement. */
export function createDeploymentRepository({ db, now, atomically }: RepositoryContext): DeploymentRepository {
  const find: DeploymentRepository['find'] = async (id) => {
    const row = await db.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toDeployment(row);
  };
  return {
    find,

    async create({ id, ownerId, name, agentId, agentVersion, environmentId, content, nextRunAt }) {
      const at = now();
      const row = await db
        .insertInto('deployments')
        .values({
          ...{ id, owner_id: ownerId, name: toPlainText(name), agent_id: agentId, agent_version: agentVersion },
          ...{ environment_id: environmentId, content: toJson(content), next_run_at: nextRunAt },
          ...{ created_at: at, updated_at: at },
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toDeployment(row);
    },

    async update(id, version, { name, agentId, agentVersion, environmentId, content, pausedReason, ...rest }) {
      const row = await db
        .updateTable('deployments')
        .set({
          ...(name !== undefined && { name: toPlainText(name) }),
          ...(agentId !== undefined && { agent_id: agentId }),
          ...(agentVersion !== undefined && { agent_version: agentVersion }),
          ...(environmentId !== undefined && { environment_id: environmentId }),
          ...(content !== undefined && { content: toJson(content) }),
          ...(pausedReason !== undefined && { paused_reason: pausedReason === null ? null : toJson(pausedReason) }),
          ...(rest.nextRunAt !== undefined && { next_run_at: rest.nextRunAt }),
          ...(rest.failures !== undefined && { failures: rest.failures }),
          ...(rest.archivedAt !== undefined && { archived_at: rest.archivedAt }),
          ...{ version: version + 1, updated_at: now() },
        })
        .where('id', '=', id)
        .where('version', '=', version)
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) return toDeployment(row);
      if ((await find(id)) === undefined) return undefined;
      throw new StoreError('conflict', `${id} has changed since version ${version}. Read it again.`);
    },

    async listDue(time, limit) {
      const due = db.selectFrom('deployments').selectAll().where('next_run_at', '<=', time);
      return (await due.orderBy('next_run_at').orderBy('id').limit(limit).execute()).map(toDeployment);
    },

    async findNextDue() {
      const first = db.selectFrom('deployments').select('next_run_at').where('next_run_at', 'is not', null);
      return (await first.orderBy('next_run_at').limit(1).executeTakeFirst())?.next_run_at ?? undefined;
    },

    async moveOn(id, { nextRunAt, next, lastRunAt }) {
      const result = await db
        .updateTable('deployments')
        .set({ next_run_at: next, last_run_at: lastRunAt })
        .where('id', '=', id)
        .where('next_run_at', '=', nextRunAt)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async noteOutcome(id, outcome) {
      const row = await db
        .updateTable('deployments')
        .set(({ eb }) => ({ failures: outcome === 'started' ? 0 : eb('failures', '+', 1) }))
        .where('id', '=', id)
        .returning('failures')
        .executeTakeFirst();
      return row?.failures ?? 0;
    },

    async list({ ownerId, agentId, status, includeArchived = false, createdFrom, createdThrough, limit, cursor }) {
      let query = db.selectFrom('deployments').selectAll();
      if (ownerId !== null) query = query.where('owner_id', '=', ownerId);
      if (agentId !== undefined) query = query.where('agent_id', '=', agentId);
      if (status !== undefined) query = query.where('paused_reason', status === 'paused' ? 'is not' : 'is', null);
      if (!includeArchived) query = query.where('archived_at', 'is', null);
      if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom);
      if (createdThrough !== undefined) query = query.where('created_at', '<=', createdThrough);
      const { rows, nextCursor } = await findNewest(query, { limit, cursor });
      return { deployments: rows.map(toDeployment), nextCursor };
    },

    async countFailing() {
      const failing = db.selectFrom('deployments').where('failures', '>', 0).where('archived_at', 'is', null);
      return Number((await failing.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count);
    },

    async count(ownerId) {
      const counted = db.selectFrom('deployments').where('owner_id', '=', ownerId).where('archived_at', 'is', null);
      return Number((await counted.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count);
    },

    async countScheduled(ownerId) {
      const counted = db.selectFrom('deployments').where('owner_id', '=', ownerId).where('next_run_at', 'is not', null);
      return Number((await counted.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count);
    },

    async listIds(ownerId) {
      const rows = await db.selectFrom('deployments').select('id').where('owner_id', '=', ownerId).execute();
      return rows.map(({ id }) => id);
    },

    delete: (id) =>
      atomically(async (trx) => {
        await trx.deleteFrom('deployment_runs').where('deployment_id', '=', id).execute();
        await trx.deleteFrom('deployments').where('id', '=', id).execute();
      }),
  };
}

function toDeployment(row: Selectable<DeploymentTable>): StoredDeployment {
  return {
    ...{ id: row.id, ownerId: row.owner_id, name: row.name, environmentId: row.environment_id },
    ...{ agentId: row.agent_id, agentVersion: row.agent_version, content: fromJson(row.content) },
    pausedReason: row.paused_reason === null ? null : fromJson(row.paused_reason),
    ...{ nextRunAt: row.next_run_at, lastRunAt: row.last_run_at, failures: row.failures },
    ...{ version: row.version, createdAt: row.created_at, updatedAt: row.updated_at },
    archivedAt: row.archived_at,
  };
}
