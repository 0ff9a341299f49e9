import type { Selectable } from 'kysely';

import { toLockQuery, toStatesQuery, type CountedSince } from './budget-statements.ts';
import { createInsertAll } from './insert-all.ts';
import { releaseReservations, type ReservedPart } from './release-reservations.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { BudgetTable } from './schema.ts';
import type { SpendScope } from './spend-days.ts';

export type BudgetPeriod = 'day' | 'month' | 'total';

/** From the share `at` of the limit on, 0 to 1, sessions go on with this model. */
export interface BudgetFallback {
  at: number;
  model: string;
}

/** How much may be spent in a period. */
export interface Budget {
  /** That of a session has the session's id. */
  id: string;
  scope: SpendScope;
  /** A user, an agent or a session; empty for the platform. */
  targetId: string;
  period: BudgetPeriod;
  limitMicroUsd: number;
  /** The share of the limit from which on people are warned, 0 to 1. */
  warnAt: number | null;
  /** Null where nothing but the limit changes what may be called. */
  fallback: BudgetFallback | null;
  /** Rises with every change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

export type NewBudget = Omit<Budget, 'version' | 'createdAt' | 'updatedAt' | 'fallback'> &
  Partial<Pick<Budget, 'fallback'>>;

/** A budget with what counts against it now. */
export interface BudgetState extends Budget {
  spentMicroUsd: number;
  /** Calls without a price, which `spentMicroUsd` lacks. */
  unpriced: number;
  /** What the calls in flight may cost, and what servers keep for their next ones. */
  reservedMicroUsd: number;
}

export interface BudgetRepository {
  /** Without those of sessions; in the order in which they were made. */
  list(): Promise<Budget[]>;
  /** Another text after every change of what `list` answers, and cheap to ask for. */
  readRevision(): Promise<string>;
  find(id: string): Promise<Budget | undefined>;
  create(budget: NewBudget): Promise<Budget>;
  /** Replaces limit, warning and fallback if it still has that version; undefined when it is another by now. */
  change(
    change: Pick<Budget, 'id' | 'version'> & Partial<Pick<Budget, 'limitMicroUsd' | 'warnAt' | 'fallback'>>,
  ): Promise<Budget | undefined>;
  /** Also ends what was reserved of it. False when there is none. */
  delete(id: string): Promise<boolean>;
  /** What counts against these now, at one moment. */
  readStates(ids: readonly string[], since: CountedSince): Promise<BudgetState[]>;
  /**
   * Until the end of the transaction no other server decides on these. Does not wait for the flush of the transaction: what it
   * reserves need not outlast a power cut.
   */
  lock(ids: readonly string[]): Promise<void>;
  reserve(
    reservations: readonly { reservationId: string; budgetId: string; microUsd: number; nodeId: string }[],
  ): Promise<void>;
  /** Gives parts of reservations back. One of which nothing is left is gone. */
  release(parts: readonly ReservedPart[]): Promise<void>;
  /**
   * Notes that people are told that a budget is `warned` or `reached` in a period, and forgets earlier periods. False where that
   * was noted before, for the same limit.
   */
  noteAlert(alert: { budgetId: string; period: string; kind: string; limitMicroUsd: number }): Promise<boolean>;
  /** Ends what the calls of a node have reserved that was killed, and what anybody has reserved before a time. */
  releaseLeft(left: { nodeId?: string; before: string }): Promise<void>;
}

/** Sums come as text from PostgreSQL. */
type StateRow = Selectable<BudgetTable> & Record<'spent' | 'unpriced' | 'reserved', number | string>;

const insertReservations = createInsertAll(
  'budget_reservations',
  ['call_id', 'budget_id', 'micro_usd', 'node_id', 'created_at'],
  { micro_usd: 'bigint' },
);

export function createBudgetRepository({ kind, db, now, atomically }: RepositoryContext): BudgetRepository {
  return {
    async list() {
      const rows = db.selectFrom('budgets').selectAll().where('scope', '!=', 'session');
      return (await rows.orderBy('created_at').orderBy('id').execute()).map(toBudget);
    },

    async readRevision() {
      const row = await db
        .selectFrom('budgets')
        .select(({ fn }) => [fn.countAll().as('count'), fn.sum('version').as('sum'), fn.max('updated_at').as('newest')])
        .where('scope', '!=', 'session')
        .executeTakeFirstOrThrow();
      return `${Number(row.count)} ${Number(row.sum)} ${row.newest}`;
    },

    async find(id) {
      const row = await db.selectFrom('budgets').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toBudget(row);
    },

    async create({ id, scope, targetId, period, limitMicroUsd, warnAt, fallback = null }) {
      const at = now();
      const values = { id, scope, target_id: targetId, period, limit_micro_usd: limitMicroUsd, warn_at: warnAt };
      const row = await db
        .insertInto('budgets')
        .values({ ...values, ...toFallbackColumns(fallback), version: 1, created_at: at, updated_at: at })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toBudget(row);
    },

    async change({ id, version, limitMicroUsd, warnAt, fallback }) {
      const row = await db
        .updateTable('budgets')
        .set({
          ...(limitMicroUsd !== undefined && { limit_micro_usd: limitMicroUsd }),
          ...(warnAt !== undefined && { warn_at: warnAt }),
          ...(fallback !== undefined && toFallbackColumns(fallback)),
          ...{ version: version + 1, updated_at: now() },
        })
        .where('id', '=', id)
        .where('version', '=', version)
        .returningAll()
        .executeTakeFirst();
      return row && toBudget(row);
    },

    delete: (id) =>
      atomically(async (trx) => {
        const { numDeletedRows } = await trx.deleteFrom('budgets').where('id', '=', id).executeTakeFirst();
        await trx.deleteFrom('budget_reservations').where('budget_id', '=', id).execute();
        await trx.deleteFrom('budget_alerts').where('budget_id', '=', id).execute();
        return numDeletedRows > 0n;
      }),

    async readStates(ids, since) {
      if (ids.length === 0) return [];
      const { rows } = await db.executeQuery(toStatesQuery<StateRow>(kind, ids, since));
      return rows.map((row) => ({
        ...toBudget(row),
        ...{ spentMicroUsd: Number(row.spent), unpriced: Number(row.unpriced), reservedMicroUsd: Number(row.reserved) },
      }));
    },

    async lock(ids) {
      // SQLite's transactions run one after the other.
      if (kind === 'sqlite') return;
      await db.executeQuery(toLockQuery(ids));
    },

    async reserve(reservations) {
      if (reservations.length === 0) return;
      const at = now();
      const rows = reservations.map(({ reservationId, budgetId, microUsd, nodeId }) => ({
        ...{ call_id: reservationId, budget_id: budgetId, micro_usd: microUsd, node_id: nodeId, created_at: at },
      }));
      await insertReservations({ kind, db }, rows);
    },

    release: (parts) => atomically((trx) => releaseReservations({ kind, db: trx }, parts)),

    async noteAlert({ budgetId, period, kind: told, limitMicroUsd }) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('budget_alerts')
        .values({ budget_id: budgetId, period, kind: told, limit_micro_usd: limitMicroUsd })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) return false;
      await db.deleteFrom('budget_alerts').where('budget_id', '=', budgetId).where('period', '!=', period).execute();
      return true;
    },

    async releaseLeft({ nodeId, before }) {
      await db
        .deleteFrom('budget_reservations')
        .where((of) =>
          of.or([of('created_at', '<', before), ...(nodeId === undefined ? [] : [of('node_id', '=', nodeId)])]),
        )
        .execute();
    },
  };
}

const toFallbackColumns = (fallback: BudgetFallback | null) => ({
  fallback_at: fallback?.at ?? null,
  fallback_model: fallback?.model ?? null,
});

function toBudget(row: Selectable<BudgetTable>): Budget {
  return {
    id: row.id,
    scope: row.scope as SpendScope,
    targetId: row.target_id,
    period: row.period as BudgetPeriod,
    limitMicroUsd: row.limit_micro_usd,
    warnAt: row.warn_at,
    fallback:
      row.fallback_at === null || row.fallback_model === null
        ? null
        : { at: row.fallback_at, model: row.fallback_model },
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
