import { CspError } from '@claude-sdk-pattern/protocol';

import { toUsdText } from '../lib/money.ts';
import { toClockTime } from '../lib/time-bins.ts';
import type { Budget } from '../store/budgets.ts';

/** Why a call may not be made. */
export interface ReachedBudget extends Pick<Budget, 'id' | 'scope' | 'period' | 'limitMicroUsd'> {
  /** When its period ends, as an instant; null where it never does. */
  endsAt: string | null;
  /** For people: which budget it is, and when work goes on. */
  sentence: string;
}

export class BudgetReachedError extends CspError {
  readonly reached: ReachedBudget;

  constructor(reached: ReachedBudget) {
    super('budget_reached', reached.sentence, { details: { budget_id: reached.id } });
    this.reached = reached;
  }
}

const SCOPES = {
  platform: 'of the platform',
  user: 'of this user',
  agent: 'of this agent',
  session: 'of this session',
} as const;
const PERIODS = { day: 'daily budget', month: 'monthly budget', total: 'budget' } as const;

/** A budget for people, such as `daily budget of this user`. */
export const nameBudget = ({ scope, period }: Pick<Budget, 'scope' | 'period'>) =>
  `${PERIODS[period]} ${SCOPES[scope]}`;

/** @param model what was asked for, where that has no price: then the budget cannot measure it, and counts as reached */
export function toReached(
  { id, scope, period, limitMicroUsd }: Pick<Budget, 'id' | 'scope' | 'period' | 'limitMicroUsd'>,
  { endsAt, timeZone, model }: { endsAt: string | null; timeZone: string; model?: string },
): ReachedBudget {
  const named = nameBudget({ scope, period });
  const limit = `$${toUsdText(limitMicroUsd)}`;
  const sentence =
    model === undefined
      ? `The ${named}, ${limit}, is used up. ${toRemedy(endsAt, timeZone)}`
      : `The model ${model} has no price, so the ${named}, ${limit}, cannot measure it. Choose another model, or ask an operator to give it a price`;
  return { ...{ id, scope, period, limitMicroUsd, endsAt }, sentence };
}

function toRemedy(endsAt: string | null, timeZone: string): string {
  if (endsAt === null) return 'Work goes on when its limit is raised';
  return `Work goes on at ${toClockTime(endsAt, timeZone)} (${timeZone}), or when its limit is raised`;
}
