import type { BudgetState } from '../store/budgets.ts';
import type { ReservedPart } from '../store/release-reservations.ts';
import type { AskedCall } from './decide-admissions.ts';

/**
 * What this server has reserved for calls to come, so that most of them are admitted without asking the database. It
 * counts against the budgets as what calls in flight have reserved does, so no server can spend it twice.
 */
export interface ReservedAhead {
  /** Takes what a call may cost; undefined where too little is kept for its budgets. */
  take(call: Pick<AskedCall, 'budgetIds' | 'estimateMicroUsd'>): ReservedPart | undefined;
  /** Adds to what a call of a reservation has of it, as far as something is left. Answers with how much was added. */
  takeMore(part: ReservedPart): number;
  /** Keeps the rest of a new reservation, in place of what was kept for the same budgets. */
  keep(reservation: ReservedPart & Pick<AskedCall, 'budgetIds'>): void;
  /** What is kept of a budget. */
  sumOf(budgetId: string): number;
  /** The budgets of which something is kept. */
  readonly budgetIds: readonly string[];
  /** Gives back what is kept of these budgets, or of all. True where that was something. */
  giveBack(budgetIds?: readonly string[]): boolean;
  /** Gives back what nobody has used for long, and of budgets that are nearly used up. */
  review(states: readonly BudgetState[]): void;
}

/** Of what is left of a budget, the share that one server keeps at most. */
const SHARE = 1 / 16;
/** Keeps no more than so many calls like the one that asks may cost. */
const MOST_CALLS = 32;
/** With less a call asks for itself. */
const LEAST_CALLS = 2;
/** What other servers may be in want of is given back after this time without a call. */
const IDLE_MS = 60_000;

interface Kept extends ReservedPart {
  budgetIds: readonly string[];
  usedAtMs: number;
}

/**
 * How much to reserve beyond what the calls that ask may cost: a share of what is left of the scarcest budget. Pure.
 * @param states of the budgets, with what the calls have reserved
 * @param sumOf what this server keeps already
 */
export function toAhead(
  estimateMicroUsd: number,
  states: readonly BudgetState[],
  sumOf: (budgetId: string) => number,
): number {
  const rooms = states.map((state) => Math.floor(toLeft(state) * SHARE) - sumOf(state.id));
  const ahead = Math.min(estimateMicroUsd * MOST_CALLS, ...rooms);
  return ahead < estimateMicroUsd * LEAST_CALLS ? 0 : ahead;
}

/** @param release gives a part of a reservation back to its budgets */
export function createReservedAhead(uptimeMs: () => number, release: (part: ReservedPart) => void): ReservedAhead {
  const byBudgets = new Map<string, Kept>();
  const drop = (isDropped: (kept: Kept) => boolean): boolean => {
    let hasDropped = false;
    for (const [key, kept] of byBudgets) {
      if (!isDropped(kept)) continue;
      byBudgets.delete(key);
      if (kept.microUsd === 0) continue;
      release(kept);
      hasDropped = true;
    }
    return hasDropped;
  };
  const sumOf = (budgetId: string) =>
    [...byBudgets.values()].reduce(
      (sum, { budgetIds, microUsd }) => sum + (budgetIds.includes(budgetId) ? microUsd : 0),
      0,
    );
  return {
    take({ budgetIds, estimateMicroUsd }) {
      const kept = byBudgets.get(toKey(budgetIds));
      if (kept === undefined || kept.microUsd < estimateMicroUsd) return undefined;
      kept.microUsd -= estimateMicroUsd;
      kept.usedAtMs = uptimeMs();
      return { reservationId: kept.reservationId, microUsd: estimateMicroUsd };
    },
    takeMore({ reservationId, microUsd }) {
      const kept = [...byBudgets.values()].find((each) => each.reservationId === reservationId);
      const more = Math.min(kept?.microUsd ?? 0, microUsd);
      if (kept !== undefined) kept.microUsd -= more;
      return more;
    },
    keep({ budgetIds, reservationId, microUsd }) {
      const key = toKey(budgetIds);
      const before = byBudgets.get(key);
      if (before !== undefined && before.microUsd > 0) release(before);
      byBudgets.set(key, { budgetIds, reservationId, microUsd, usedAtMs: uptimeMs() });
    },
    sumOf,
    get budgetIds() {
      return [...new Set([...byBudgets.values()].flatMap(({ budgetIds }) => budgetIds))];
    },
    giveBack: (ids) => drop(({ budgetIds }) => ids === undefined || budgetIds.some((id) => ids.includes(id))),
    review(states) {
      // Twice the share: what was reserved a moment ago stays.
      const scarce = new Set(states.filter((state) => sumOf(state.id) > 2 * SHARE * toLeft(state)).map(({ id }) => id));
      drop(({ budgetIds, usedAtMs }) => uptimeMs() - usedAtMs > IDLE_MS || budgetIds.some((id) => scarce.has(id)));
    },
  };
}

const toKey = (budgetIds: readonly string[]) => budgetIds.join(' ');

function toLeft({ limitMicroUsd, spentMicroUsd, reservedMicroUsd }: BudgetState): number {
  return Math.max(0, limitMicroUsd - spentMicroUsd - reservedMicroUsd);
}
