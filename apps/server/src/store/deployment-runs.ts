import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { findNewest } from './newest-first.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { DeploymentRunTable } from './schema.ts';

export type RunTrigger = 'schedule' | 'manual' | 'webhook';

/** One execution of a deployment: the creation of a session, or a message to one. */
export interface StoredRun {
  id: string;
  deploymentId: string;
  ownerId: string;
  agentId: string;
  agentVersion: number;
  triggerType: RunTrigger;
  /** What makes it one of its kind: the time that was due, the id of a request or of a delivery. */
  triggerKey: string;
  state: 'pending' | 'started' | 'failed';
  sessionId: string | null;
  /** Why it failed; parsed JSON. */
  error: unknown;
  /** What is to be done, as it was when the run was claimed; null once it is done. Parsed JSON. */
  task: unknown;
  /** How often a server began with it. */
  attempts: number;
  createdAt: string;
}

export type NewRun = Omit<StoredRun, 'state' | 'sessionId' | 'error' | 'attempts' | 'createdAt'>;

export interface RunListOptions {
  /** Null lists those of every owner. */
  ownerId: string | null;
  deploymentId?: string;
  hasError?: boolean;
  triggers?: readonly RunTrigger[];
  /** ISO 8601; from and through are inclusive. */
  createdFrom?: string;
  createdAfter?: string;
  createdThrough?: string;
  createdBefore?: string;
  limit: number;
  cursor?: string | null;
}

export interface DeploymentRunRepository {
  /** Makes a run that the caller has for so many milliseconds. Undefined when the deployment has a run with that key. */
  claim(run: NewRun, busyMs: number): Promise<StoredRun | undefined>;
  find(id: string): Promise<StoredRun | undefined>;
  findByKey(deploymentId: string, triggerKey: string): Promise<StoredRun | undefined>;
  /** Takes pending runs that nobody has any more, as after a server that died. */
  takeLeft(busyMs: number, limit: number): Promise<StoredRun[]>;
  /** Leaves a pending run for a later attempt. */
  putBack(id: string, afterMs: number): Promise<void>;
  /** Notes what came of a pending run. False where somebody has done so before. */
  finish(id: string, outcome: { sessionId: string } | { error: unknown }): Promise<boolean>;
  /** Those that are done, last made first. Throws `invalid_cursor`. */
  list(options: RunListOptions): Promise<{ runs: StoredRun[]; nextCursor: string | null }>;
  /** Forgets at most `limit` that are done and were made before this time, and answers how many. */
  purgeBefore(time: string, limit: number): Promise<number>;
  /** The deployments that have more runs than this. */
  listFull(most: number): Promise<string[]>;
  /** Forgets all but the newest `keep` of a deployment. */
  trim(deploymentId: string, keep: number): Promise<void>;
}

/** Over 100 lines: one method for each statement. */
export function createDeploymentRunRepository({
  db,
  now,
  leaseTime,
  atomically,
}: RepositoryContext): DeploymentRunRepository {
  return {
    async claim({ id, deploymentId, ownerId, agentId, agentVersion, triggerType, triggerKey, task }, busyMs) {
      const row = await db
        .insertInto('deployment_runs')
        .values({
          ...{ id, deployment_id: deploymentId, owner_id: ownerId, agent_id: agentId, agent_version: agentVersion },
          ...{ trigger_type: triggerType, trigger_key: triggerKey, state: 'pending', task: toJson(task) },
          ...{ attempts: 1, busy_until: leaseTime(busyMs), created_at: now() },
        })
        .onConflict((conflict) => conflict.columns(['deployment_id', 'trigger_key']).doNothing())
        .returningAll()
        .executeTakeFirst();
      return row && toRun(row);
    },

    async find(id) {
      const row = await db.selectFrom('deployment_runs').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toRun(row);
    },

    async findByKey(deploymentId, triggerKey) {
      const rows = db.selectFrom('deployment_runs').selectAll().where('deployment_id', '=', deploymentId);
      const row = await rows.where('trigger_key', '=', triggerKey).executeTakeFirst();
      return row && toRun(row);
    },

    takeLeft: (busyMs, limit) =>
      atomically(async (trx) => {
        const left = await trx
          .selectFrom('deployment_runs')
          .select(['id', 'attempts'])
          .where('busy_until', '<=', leaseTime(0))
          .orderBy('busy_until')
          .limit(limit)
          .execute();
        const taken: StoredRun[] = [];
        for (const { id, attempts } of left) {
          const row = await trx
            .updateTable('deployment_runs')
            .set({ busy_until: leaseTime(busyMs), attempts: attempts + 1 })
            .where('id', '=', id)
            // Another server may have taken it meanwhile.
            .where('attempts', '=', attempts)
            .where('busy_until', '<=', leaseTime(0))
            .returningAll()
            .executeTakeFirst();
          if (row !== undefined) taken.push(toRun(row));
        }
        return taken;
      }),

    async putBack(id, afterMs) {
      const pending = db.updateTable('deployment_runs').where('id', '=', id).where('state', '=', 'pending');
      await pending.set({ busy_until: leaseTime(afterMs) }).execute();
    },

    async finish(id, outcome) {
      const done =
        'error' in outcome
          ? { state: 'failed', error: toJson(outcome.error) }
          : { state: 'started', session_id: outcome.sessionId };
      const result = await db
        .updateTable('deployment_runs')
        .set({ ...done, task: null, busy_until: null })
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async list({ ownerId, deploymentId, hasError, triggers, limit, cursor, ...range }) {
      let query = db.selectFrom('deployment_runs').selectAll().where('state', '!=', 'pending');
      if (ownerId !== null) query = query.where('owner_id', '=', ownerId);
      if (deploymentId !== undefined) query = query.where('deployment_id', '=', deploymentId);
      if (hasError !== undefined) query = query.where('state', '=', hasError ? 'failed' : 'started');
      if (triggers !== undefined) query = query.where('trigger_type', 'in', triggers);
      if (range.createdFrom !== undefined) query = query.where('created_at', '>=', range.createdFrom);
      if (range.createdAfter !== undefined) query = query.where('created_at', '>', range.createdAfter);
      if (range.createdThrough !== undefined) query = query.where('created_at', '<=', range.createdThrough);
      if (range.createdBefore !== undefined) query = query.where('created_at', '<', range.createdBefore);
      const { rows, nextCursor } = await findNewest(query, { limit, cursor });
      return { runs: rows.map(toRun), nextCursor };
    },

    async purgeBefore(time, limit) {
      const done = db.selectFrom('deployment_runs').select('id').where('state', '!=', 'pending');
      const old = done.where('created_at', '<', time).orderBy('created_at').limit(limit);
      const result = await db.deleteFrom('deployment_runs').where('id', 'in', old).executeTakeFirst();
      return Number(result.numDeletedRows);
    },

    async listFull(most) {
      const rows = await db
        .selectFrom('deployment_runs')
        .select('deployment_id')
        .groupBy('deployment_id')
        .having(({ fn }) => fn.countAll(), '>', most)
        .execute();
      return rows.map((row) => row.deployment_id);
    },

    async trim(deploymentId, keep) {
      const oldest = await db
        .selectFrom('deployment_runs')
        .select(['created_at', 'id'])
        .where('deployment_id', '=', deploymentId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .offset(keep)
        .limit(1)
        .executeTakeFirst();
      if (oldest === undefined) return;
      await db
        .deleteFrom('deployment_runs')
        .where('deployment_id', '=', deploymentId)
        .where('state', '!=', 'pending')
        .where(({ eb, refTuple, tuple }) => eb(refTuple('created_at', 'id'), '<=', tuple(oldest.created_at, oldest.id)))
        .execute();
    },
  };
}

function toRun(row: Selectable<DeploymentRunTable>): StoredRun {
  return {
    ...{ id: row.id, deploymentId: row.deployment_id, ownerId: row.owner_id, agentId: row.agent_id },
    ...{ agentVersion: row.agent_version, triggerType: row.trigger_type as RunTrigger },
    ...{ triggerKey: row.trigger_key, state: row.state as StoredRun['state'], sessionId: row.session_id },
    error: row.error === null ? null : fromJson(row.error),
    task: row.task === null ? null : fromJson(row.task),
    ...{ attempts: row.attempts, createdAt: row.created_at },
  };
}
