import { CspError, type SessionCreateParams, type SessionUpdateParams } from '@claude-sdk-pattern/protocol';

import { fromCents, toCents } from '../lib/money.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { SessionDeps } from './session-deps.ts';

type GivenBudget = NonNullable<SessionCreateParams['budget']>;

/** A session's own budget, as the Managed Agents API writes it. */
export function toBudgetLimit(limitMicroUsd: number | null): GivenBudget | null {
  if (limitMicroUsd === null) return null;
  return { type: 'limit', max_list_cost: { amount: toCents(limitMicroUsd), currency: 'USD' } };
}

/**
 * The limit of a new budget, in micro-dollars.
 * @param model that the session begins with; undefined where Claude Code chooses, whose calls are checked as they come
 * @throws CspError `invalid_request` with reason `model_not_budgetable` for a model without a price
 */
export function readBudget(
  { max_list_cost: { amount } }: GivenBudget,
  { model, budgets }: { model: string | undefined; budgets: Pick<SessionDeps['budgets'], 'hasPrice'> },
): number {
  if (model !== undefined && !budgets.hasPrice(model)) {
    throw toRefusal('model_not_budgetable', `The model ${model} has no price, so that a budget cannot measure it`);
  }
  return fromCents(amount);
}

/** Makes the budget of a new session in the transaction of its creation. */
export async function storeBudget(
  { budgets }: Pick<StoreTransaction, 'budgets'>,
  { id, budgetMicroUsd }: Pick<Session, 'id' | 'budgetMicroUsd'>,
): Promise<void> {
  if (budgetMicroUsd === null) return;
  const kind = { scope: 'session', period: 'total', warnAt: null } as const;
  await budgets.create({ ...kind, id, targetId: id, limitMicroUsd: budgetMicroUsd });
}

/**
 * Changes or removes the budget of a session in the transaction that changes its row. By the rules of the API: none can be added
 * later, and none lowered to what is spent already.
 * @param next in micro-dollars; null removes it
 * @throws CspError `invalid_request` with reason `budget_not_raised`
 */
export async function changeBudget(
  { budgets }: Pick<StoreTransaction, 'budgets'>,
  { id }: Pick<Session, 'id'>,
  next: number | null,
): Promise<void> {
  if (next === null) {
    await budgets.delete(id);
    return;
  }
  // Of a budget without periods everything counts.
  const [state] = await budgets.readStates([id], { day: '', month: '', staleBefore: '' });
  if (state === undefined) throw toAddRefusal(id);
  if (next <= state.spentMicroUsd && next !== state.limitMicroUsd) {
    throw toRefusal('budget_not_raised', `Session ${id} has spent as much already. Choose a higher limit`);
  }
  await budgets.change({ id, version: state.version, limitMicroUsd: next });
}

/** @throws CspError `invalid_request` with reason `budget_create_only` where the session has none that could be changed */
export function assertMayChangeBudget(
  { id, budgetMicroUsd }: Pick<Session, 'id' | 'budgetMicroUsd'>,
  budget: SessionUpdateParams['budget'],
): void {
  if (budget != null && budgetMicroUsd === null) throw toAddRefusal(id);
}

function toAddRefusal(sessionId: string): CspError {
  return toRefusal('budget_create_only', `Session ${sessionId} has no budget. One can be given only when it is made`);
}

function toRefusal(reason: string, message: string): CspError {
  return new CspError('invalid_request', message, { details: { field: 'budget', reason } });
}
