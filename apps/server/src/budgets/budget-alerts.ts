import type { Clock } from '../lib/clock.ts';
import { toUsdText } from '../lib/money.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Budget, BudgetState } from '../store/budgets.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { findPeriodEnd, toCountedSince, toPeriodName } from './periods.ts';
import { toClockTime } from '../lib/time-bins.ts';
import type { Mail, Mailer } from '../mail/mailer.ts';
import { toStateName } from './budget-reports.ts';
import { nameBudget } from './reached-budget.ts';

export interface BudgetAlertsDeps {
  store: Pick<Store, 'budgets' | 'transaction'>;
  webhook: Pick<Webhook, 'put' | 'wake'>;
  mailer: Pick<Mailer, 'put' | 'wake'>;
  clock: Clock;
  timeZone: string;
  logger: Pick<Logger, 'warn'>;
  listBudgets(): readonly Budget[];
}

/** Tells operators of budgets that are nearly or wholly used up, once for each period and limit, whichever server notices. */
export interface BudgetAlerts {
  /** The spending of these has changed. Never rejects. */
  check(budgetIds: Iterable<string>): Promise<void>;
  checkAll(): Promise<void>;
}

/** A webhook that is away for longer hears of the next period. */
const WANTED_MS = 24 * 60 * 60_000;
/** Of what was told already, so that the database is asked once. */
const MAX_REMEMBERED = 10_000;

function toMail(
  state: BudgetState,
  kind: 'warned' | 'reached',
  { endsAt, timeZone, key }: { endsAt: string | null; timeZone: string; key: string },
): Mail {
  const name = nameBudget(state);
  const share = `${Math.floor((state.spentMicroUsd / state.limitMicroUsd) * 100)} %`;
  const lines = [
    `Spent: $${toUsdText(state.spentMicroUsd)} of $${toUsdText(state.limitMicroUsd)} (${share})`,
    `Budget: ${state.id}${state.targetId === '' ? '' : `, for ${state.targetId}`}`,
    endsAt === null ? 'Its period never ends.' : `Its period ends at ${toClockTime(endsAt, timeZone)} (${timeZone}).`,
    kind === 'reached' ? 'Calls that it limits are refused until then, or until the limit is raised.' : '',
  ];
  return {
    subject: `The ${name} is ${kind === 'reached' ? 'used up' : `${share} used`}`,
    text: lines.filter((line) => line !== '').join('\n'),
    key,
  };
}

export function createBudgetAlerts({
  store,
  webhook,
  mailer,
  clock,
  timeZone,
  logger,
  listBudgets,
}: BudgetAlertsDeps): BudgetAlerts {
  const told = new Set<string>();
  let asked = new Set<string>();

  const tell = async (state: BudgetState, kind: 'warned' | 'reached', nowMs: number) => {
    const period = toPeriodName(state.period, toCountedSince(nowMs, timeZone));
    const { id, limitMicroUsd } = state;
    const key = JSON.stringify([id, period, kind, limitMicroUsd]);
    if (told.has(key)) return;
    const data = {
      ...{ id, scope: state.scope, target_id: state.targetId === '' ? null : state.targetId, period: state.period },
      ...{ limit_usd: toUsdText(limitMicroUsd), spent_usd: toUsdText(state.spentMicroUsd), warn_at: state.warnAt },
      period_ends_at: findPeriodEnd(state.period, nowMs, timeZone),
    };
    const mail = toMail(state, kind, { endsAt: data.period_ends_at, timeZone, key });
    const isFirst = await store.transaction(async (transaction) => {
      if (!(await transaction.budgets.noteAlert({ budgetId: id, period, kind, limitMicroUsd }))) return false;
      await webhook.put({ type: `budget.${kind}`, data, expiresAtMs: nowMs + WANTED_MS }, transaction);
      await mailer.put(mail, transaction);
      return true;
    });
    if (told.size >= MAX_REMEMBERED) told.clear();
    told.add(key);
    if (!isFirst) return;
    webhook.wake();
    mailer.wake();
    logger.warn(data, kind === 'reached' ? 'a budget is used up' : 'a budget is nearly used up');
  };

  const run = shareNextRun(async () => {
    const ids = [...asked];
    asked = new Set();
    try {
      const nowMs = clock.now();
      for (const state of await store.budgets.readStates(ids, toCountedSince(nowMs, timeZone))) {
        const kind = toStateName(state);
        if (kind !== 'ok') await tell(state, kind, nowMs);
      }
    } catch (error) {
      logger.warn({ err: error }, 'budgets could not be looked up for what is to be told of them');
    }
  });

  const check = async (budgetIds: Iterable<string>) => {
    for (const id of budgetIds) asked.add(id);
    if (asked.size > 0) await run();
  };
  return { check, checkAll: () => check(listBudgets().map(({ id }) => id)) };
}
