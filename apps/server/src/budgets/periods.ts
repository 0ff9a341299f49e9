import { toDate, toStartOfDate, toStartOfMonth } from '../lib/time-bins.ts';
import type { CountedSince } from '../store/budget-statements.ts';
import type { BudgetPeriod } from '../store/budgets.ts';

/** What a call has reserved ends with it, or with its server; what is older than this belongs to a server that is lost. */
export const LONGEST_CALL_MS = 60 * 60_000;

/** From when on spending and reservations count at a moment, by the days of a time zone. */
export function toCountedSince(nowMs: number, timeZone: string): CountedSince {
  const day = toDate(new Date(nowMs).toISOString(), timeZone);
  const staleBefore = new Date(nowMs - LONGEST_CALL_MS).toISOString();
  return { day, month: `${day.slice(0, 8)}01`, staleBefore };
}

/** When the period ends that a moment is in, as an instant; null where it never does. */
export function findPeriodEnd(period: BudgetPeriod, nowMs: number, timeZone: string): string | null {
  const { day, month } = toCountedSince(nowMs, timeZone);
  if (period === 'day') return toStartOfDate(day, timeZone, 1);
  return period === 'month' ? toStartOfMonth(month, timeZone, 1) : null;
}

/** Names the period that a moment is in, such as `2026-01-31` or `2026-01`. */
export function toPeriodName(period: BudgetPeriod, { day }: Pick<CountedSince, 'day'>): string {
  return { day, month: day.slice(0, 7), total: 'total' }[period];
}
