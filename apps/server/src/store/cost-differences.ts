import { sql } from 'kysely';

import { toPlainText } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';

/** A turn of which Claude Code has counted another cost than the platform. */
export interface CostDifference {
  sessionId: string;
  turn: number;
  ownerId: string;
  costMicroUsd: number;
  /** What Claude Code says. */
  reportedMicroUsd: number;
}

/** A difference with what the calls of its turn say of it. */
export interface ExplainedDifference extends CostDifference {
  createdAt: string;
  requests: number;
  /** Calls without a price. */
  unpriced: number;
  /** Calls whose answer ended before it was whole. */
  cut: number;
  /** Calls at prices of the operator's file. */
  ownPriced: number;
}

export interface DifferenceFilter {
  /** Of turns that ended from here on, and before `to`. */
  from: string;
  to: string;
  ownerId?: string | undefined;
  sessionId?: string | undefined;
}

export interface CostDifferences {
  noteDifference(difference: CostDifference): Promise<void>;
  /** The newest first. */
  listDifferences(filter: DifferenceFilter, limit: number): Promise<ExplainedDifference[]>;
  sumDifferences(filter: DifferenceFilter): Promise<{ turns: number; costMicroUsd: number; reportedMicroUsd: number }>;
}

export function createCostDifferences({ db, now }: Pick<RepositoryContext, 'db' | 'now'>): CostDifferences {
  const select = ({ from, to, ownerId, sessionId }: DifferenceFilter) => {
    let query = db.selectFrom('cost_differences').where('created_at', '>=', from).where('created_at', '<', to);
    if (ownerId !== undefined) query = query.where('owner_id', '=', ownerId);
    if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
    return query;
  };
  return {
    async noteDifference({ sessionId, turn, ownerId, costMicroUsd, reportedMicroUsd }) {
      const costs = { cost_micro_usd: costMicroUsd, reported_micro_usd: reportedMicroUsd };
      await db
        .insertInto('cost_differences')
        .values({ session_id: sessionId, turn, owner_id: toPlainText(ownerId), ...costs, created_at: now() })
        .execute();
    },

    async listDifferences(filter, limit) {
      const newest = select(filter)
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('session_id')
        .orderBy('turn', 'desc')
        .limit(limit);
      const rows = await db
        .selectFrom(newest.as('d'))
        .leftJoin('model_requests as r', (join) =>
          join.onRef('r.session_id', '=', 'd.session_id').onRef('r.turn', '=', 'd.turn'),
        )
        .select(['d.session_id', 'd.turn', 'd.owner_id', 'd.cost_micro_usd', 'd.reported_micro_usd', 'd.created_at'])
        .select(({ fn }) => [fn.count('r.id').as('requests'), fn.count('r.cost_micro_usd').as('priced')])
        .select([
          sql<number | string>`coalesce(sum(r.is_cut), 0)`.as('cut'),
          sql<number | string>`count(case when r.price_version like '%+%' then 1 end)`.as('own'),
        ])
        .groupBy(['d.session_id', 'd.turn', 'd.owner_id', 'd.cost_micro_usd', 'd.reported_micro_usd', 'd.created_at'])
        .orderBy('d.created_at', 'desc')
        .orderBy('d.session_id')
        .orderBy('d.turn', 'desc')
        .execute();
      return rows.map((row) => ({
        ...{ sessionId: row.session_id, turn: row.turn, ownerId: row.owner_id, createdAt: row.created_at },
        ...{ costMicroUsd: row.cost_micro_usd, reportedMicroUsd: row.reported_micro_usd },
        requests: Number(row.requests),
        unpriced: Number(row.requests) - Number(row.priced),
        ...{ cut: Number(row.cut), ownPriced: Number(row.own) },
      }));
    },

    async sumDifferences(filter) {
      const row = await select(filter)
        .select(({ fn }) => [
          fn.countAll().as('turns'),
          fn.sum('cost_micro_usd').as('cost'),
          fn.sum('reported_micro_usd').as('reported'),
        ])
        .executeTakeFirstOrThrow();
      const { turns, cost, reported } = row;
      return { turns: Number(turns), costMicroUsd: Number(cost ?? 0), reportedMicroUsd: Number(reported ?? 0) };
    },
  };
}
