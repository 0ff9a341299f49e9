/** What usage is added up by. */
export type UsageGrouping =
  | 'hour'
  | 'day'
  | 'user'
  | 'agent'
  | 'model'
  | 'session'
  | 'upstream'
  | 'plugin'
  /** Whose key paid: `user`, `agent` or `platform` for their secrets, `server` for a variable of the server. */
  | 'payer'
  /** What would have answered, where a budget has chosen a cheaper model; null for other calls. */
  | 'requested_model';

/** What the model calls of one group have used. */
export interface UsageGroupResource {
  /** The beginning of the hour or day, with its offset from UTC; an id; or a model. Null for calls without an agent or a session. */
  group: string | null;
  /** Of the user, agent or session; null when it is gone, and for hours, days and models. */
  name: string | null;
  requests: number;
  /** Requests without a price, which `cost_usd` leaves out. */
  unpriced_requests: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  /** US dollars as a decimal, exact to a millionth: `12.340005`. */
  cost_usd: string;
}

export interface UsageResource {
  /** Hours and days in order, also those without requests; others by cost, the dearest first. */
  data: UsageGroupResource[];
  /** Of all groups, also of those that `data` leaves out. */
  total: Omit<UsageGroupResource, 'group' | 'name'>;
  /** Whether there are more groups than `data` has. */
  has_more: boolean;
  from: string;
  to: string;
  time_zone: string;
}

/** Why Claude Code has counted another cost than the platform; `other` where the calls of the turn say nothing of it. */
export type CostDifferenceCause = 'unpriced' | 'own_prices' | 'cut_calls' | 'other';

/** A turn of which Claude Code has another figure. */
export interface CostDifferenceResource {
  session_id: string;
  turn: number;
  /** When the turn ended. */
  at: string;
  user_id: string;
  /** Of the user; null when it is gone. */
  name: string | null;
  /** Of the platform, what budgets count; US dollars as a decimal, exact to a millionth. */
  cost_usd: string;
  /** Of Claude Code. */
  reported_cost_usd: string;
  /** `cost_usd` less `reported_cost_usd`. */
  difference_usd: string;
  requests: number;
  unpriced_requests: number;
  /** Requests whose answer ended before it was whole. */
  cut_requests: number;
  causes: CostDifferenceCause[];
}

export interface CostDifferencesResource {
  /** The newest first. */
  data: CostDifferenceResource[];
  /** Of all turns of the time, also of those that `data` leaves out. */
  total: { turns: number; cost_usd: string; reported_cost_usd: string; difference_usd: string };
  has_more: boolean;
  from: string;
  to: string;
}
