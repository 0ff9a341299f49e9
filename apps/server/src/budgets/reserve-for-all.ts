import { randomUUID } from 'node:crypto';

import type { BudgetState } from '../store/budgets.ts';
import type { ReservedPart } from '../store/release-reservations.ts';
import type { AskedCall } from './decide-admissions.ts';
import { toAhead } from './reserved-ahead.ts';

/** A reservation for all calls that were admitted together and count against the same budgets. */
export interface Reserved extends Pick<AskedCall, 'budgetIds'> {
  reservationId: string;
  /** In all. */
  microUsd: number;
  /** Of that, what is for calls to come. */
  aheadMicroUsd: number;
  /** Of that, what the calls have that asked. */
  parts: [callId: string, part: ReservedPart][];
}

/**
 * One reservation for calls with the same budgets, with something for the calls that follow.
 * @param states of all their budgets, before the calls
 * @param sumOf what this server has reserved ahead already
 */
export function reserveForAll(
  calls: readonly AskedCall[],
  states: readonly BudgetState[],
  sumOf: (budgetId: string) => number,
): Reserved[] {
  const taken = new Map<string, number>();
  const kept = new Map<string, number>();
  const addTo = (sums: Map<string, number>, ids: readonly string[], microUsd: number) => {
    for (const id of ids) sums.set(id, (sums.get(id) ?? 0) + microUsd);
  };
  for (const { budgetIds, estimateMicroUsd } of calls) addTo(taken, budgetIds, estimateMicroUsd);
  return [...Map.groupBy(calls, ({ budgetIds }) => budgetIds.join(' ')).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { budgetIds } = first;
    const reservationId = randomUUID();
    const ofCalls = group.reduce((sum, { estimateMicroUsd }) => sum + estimateMicroUsd, 0);
    const after = states
      .filter(({ id }) => budgetIds.includes(id))
      .map((state) => ({ ...state, reservedMicroUsd: state.reservedMicroUsd + (taken.get(state.id) ?? 0) }));
    const aheadMicroUsd = group.every(({ mayReserveAhead }) => mayReserveAhead)
      ? toAhead(Math.max(...group.map((each) => each.estimateMicroUsd)), after, (id) => sumOf(id) + (kept.get(id) ?? 0))
      : 0;
    addTo(taken, budgetIds, aheadMicroUsd);
    addTo(kept, budgetIds, aheadMicroUsd);
    const parts = group.map(({ callId, estimateMicroUsd }): Reserved['parts'][number] => [
      callId,
      { reservationId, microUsd: estimateMicroUsd },
    ]);
    return [{ reservationId, budgetIds, microUsd: ofCalls + aheadMicroUsd, aheadMicroUsd, parts }];
  });
}
