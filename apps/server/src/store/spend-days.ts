import { sql } from 'kysely';

import { releaseReservations, type ReservedPart } from './release-reservations.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { UsageTable } from './schema.ts';

/** Whose spending is added up. The target of the platform is empty. */
export type SpendScope = 'platform' | 'user' | 'agent' | 'session';

export interface SpendDayRepository {
  /**
   * Adds those of the stored model requests to the days on which they were stored that were not added before: each counts once,
   * whichever server counts it. What they have reserved ends at the same moment.
   * @returns whose spending has changed
   * @param toDay names the day of a time, such as `2026-01-31`
   * @param settled what is given back of reservations
   */
  count(
    requestIds: readonly string[],
    options: { toDay(at: string): string; settled?: readonly ReservedPart[] },
  ): Promise<{ scope: SpendScope; targetId: string }[]>;
  /** Requests that are stored and not counted. */
  listUncounted(limit: number): Promise<string[]>;
}

const MOST_AT_ONCE = 500;

interface SpendDay {
  scope: SpendScope;
  target_id: string;
  day: string;
  micro_usd: number;
  unpriced: number;
}

export function createSpendDayRepository({ kind, db, atomically }: RepositoryContext): SpendDayRepository {
  return {
    async count(requestIds, { toDay, settled = [] }) {
      if (requestIds.length === 0) return [];
      // Sorted as everywhere, so that two servers wait for each other in one order.
      const ids = requestIds.toSorted();
      return atomically(async (trx) => {
        const counted: Pick<UsageTable, 'owner_id' | 'agent_id' | 'session_id' | 'cost_micro_usd' | 'created_at'>[] =
          [];
        for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
          const rows = await trx
            .updateTable('model_requests')
            .set({ counted: 1 })
            .where('id', 'in', ids.slice(from, from + MOST_AT_ONCE))
            .where('counted', '=', 0)
            .returning(['owner_id', 'agent_id', 'session_id', 'cost_micro_usd', 'created_at'])
            .execute();
          counted.push(...rows);
        }
        const sessionIds = new Set(counted.flatMap(({ session_id: id }) => id ?? []));
        const budgeted = await trx
          .selectFrom('budgets')
          .select('target_id')
          .where('scope', '=', 'session')
          .where('target_id', 'in', ['', ...sessionIds])
          .execute();
        const limited = new Set(budgeted.map(({ target_id: id }) => id));
        const days = new Map<string, SpendDay>();
        const add = (scope: SpendScope, target_id: string, row: (typeof counted)[number]) => {
          const day = toDay(row.created_at);
          const key = JSON.stringify([scope, target_id, day]);
          const known = days.get(key) ?? { scope, target_id, day, micro_usd: 0, unpriced: 0 };
          known.micro_usd += row.cost_micro_usd ?? 0;
          known.unpriced += row.cost_micro_usd === null ? 1 : 0;
          days.set(key, known);
        };
        for (const row of counted) {
          add('platform', '', row);
          add('user', row.owner_id, row);
          if (row.agent_id !== null) add('agent', row.agent_id, row);
          if (row.session_id !== null && limited.has(row.session_id)) add('session', row.session_id, row);
        }
        const sorted = [...days.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, day]) => day);
        for (let from = 0; from < sorted.length; from += MOST_AT_ONCE) {
          await trx
            .insertInto('spend_days')
            .values(sorted.slice(from, from + MOST_AT_ONCE))
            .onConflict((conflict) =>
              conflict.columns(['scope', 'target_id', 'day']).doUpdateSet({
                micro_usd: sql`spend_days.micro_usd + excluded.micro_usd`,
                unpriced: sql`spend_days.unpriced + excluded.unpriced`,
              }),
            )
            .execute();
        }
        await releaseReservations({ kind, db: trx }, settled);
        return sorted.map(({ scope, target_id: targetId }) => ({ scope, targetId }));
      });
    },

    async listUncounted(limit) {
      const rows = await db
        .selectFrom('model_requests')
        .select('id')
        // As it stands in the index.
        .where('counted', '=', sql.lit(0))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}
