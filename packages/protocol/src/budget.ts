import type { MonetaryAmount } from './v1/budget-limit.ts';

export type BudgetResourceScope = 'platform' | 'user' | 'agent';
export type BudgetResourcePeriod = 'day' | 'month' | 'total';

/** A model with which sessions can go on when a budget is nearly used up, by its name in the table of prices. */
export interface PricedModel {
  model: string;
  /** US dollars for a million tokens. */
  input_usd: number;
  output_usd: number;
}

/** GET /api/v1/budgets */
export interface BudgetList {
  data: BudgetResource[];
  next_page: null;
  /** The cheapest first; empty for whoever changes no budgets. */
  fallback_models: PricedModel[];
}

/** How much the model calls of the platform, of a user or of an agent may cost in a period. */
export interface BudgetResource {
  type: 'budget';
  id: string;
  scope: BudgetResourceScope;
  /** A user or an agent; null for the platform. */
  target_id: string | null;
  /** Of the user or agent; null for the platform, and when it is gone. */
  name: string | null;
  period: BudgetResourcePeriod;
  limit: MonetaryAmount;
  /** The share of the limit from which on it is `warned`, 0 to 1. */
  warn_at: number | null;
  /** From the share `at` of the limit on, 0 to 1, sessions go on with the model, which has a price; null for none. */
  fallback: { at: number; model: string } | null;
  state: 'ok' | 'warned' | 'reached';
  /** In this period: US dollars as a decimal, exact to a millionth. */
  spent_usd: string;
  /** What calls that are being made now may cost. */
  reserved_usd: string;
  /** Requests of this period without a price, which `spent_usd` leaves out. */
  unpriced_requests: number;
  /** Null for `total`. */
  period_ends_at: string | null;
  /** Rises with every change. */
  version: number;
  created_at: string;
  updated_at: string;
}
