import { toClockTime } from '../lib/time-bins.ts';
import { toUsdText } from '../lib/money.ts';
import type { BudgetState } from '../store/budgets.ts';
import type { createModelLimits } from '../usage/price-call.ts';
import { nameBudget } from './reached-budget.ts';

type FindLimits = ReturnType<typeof createModelLimits>;

/** A budget that is used up so far that sessions go on with a cheaper model. */
export interface BudgetFall {
  model: string;
  /** The most tokens of a prompt with its answer that the model takes. */
  contextTokens: number;
  /** For people: which budget, and until when. */
  sentence: string;
}

/**
 * The first budget that asks for a cheaper model now; undefined where none does. A model that cannot be used counts as none: then
 * the limit stops the work, as without it. Pure.
 * @param findEnd when the period of a budget ends, as an instant
 */
export function findFall(
  states: readonly BudgetState[],
  options: { findLimits: FindLimits; findEnd(state: BudgetState): string | null; timeZone: string },
): BudgetFall | undefined {
  for (const state of states) {
    const { fallback, spentMicroUsd, limitMicroUsd } = state;
    if (fallback === null || spentMicroUsd < fallback.at * limitMicroUsd) continue;
    const limits = options.findLimits(fallback.model);
    if (limits === undefined || limits.lacks.length > 0) continue;
    const endsAt = options.findEnd(state);
    const until = endsAt === null ? '' : ` until ${toClockTime(endsAt, options.timeZone)} (${options.timeZone}), or`;
    const sentence =
      `${Math.floor((spentMicroUsd / limitMicroUsd) * 100)} % of the ${nameBudget(state)}, $${toUsdText(limitMicroUsd)}, are used. ` +
      `This session goes on with ${fallback.model}${until} until the limit is raised`;
    return { model: fallback.model, contextTokens: limits.contextTokens, sentence };
  }
  return undefined;
}

/** Why sessions cannot go on with a model; undefined where they can. */
export function findFallbackProblem(model: string, findLimits: FindLimits): string | undefined {
  const limits = findLimits(model);
  if (limits === undefined)
    return `The model ${model} has no price, so no budget can measure it. Give it a price first`;
  if (limits.lacks.length === 0) return undefined;
  return `The model ${model} takes no ${limits.lacks.join(' and no ')}, by the file of prices. Sessions need both`;
}
