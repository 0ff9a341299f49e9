/** What usage is added up by. */
export type UsageGrouping = 'hour' | 'day' | 'user' | 'agent' | 'model' | 'session';

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
