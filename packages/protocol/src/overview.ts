import type { BudgetResource } from './budget.ts';
import type { StopResource } from './stop.ts';

/** What is looked at on its own. */
export type HealthPartName = 'database' | 'disk' | 'model_api' | 'processes' | 'event_loop' | 'plugins' | 'webhook';

export interface HealthPart {
  part: HealthPartName;
  /** `warn`: people feel it, or will soon; `bad`: it does not work. */
  state: 'ok' | 'warn' | 'bad';
  /** A figure that says how it is, such as milliseconds, a share or a number of things; null where the state says all. */
  value: number | null;
}

export type AttentionKind =
  | 'stopped'
  | 'draining'
  | 'upstream_open'
  | 'model_outage'
  | 'budget_reached'
  | 'budget_near'
  | 'plugin_failed'
  | 'approval_waits'
  | 'disk_low'
  | 'webhook_fails'
  | 'agent_crashes'
  | 'deployments_fail'
  | 'spares_fail'
  | 'sessions_queue'
  | 'event_loop_slow'
  | 'calls_unpriced';

/** Something that an operator should look at. */
export interface AttentionItem {
  kind: AttentionKind;
  severity: 'critical' | 'warning';
  /** What it is about: the name of an upstream, a plugin, an agent, whose budget; null where the kind says all. */
  subject: string | null;
  /** The id of that, where one acts on it; null else. */
  subject_id: string | null;
  /** How many, how long in seconds or which share, by its kind; null without a figure. */
  value: number | null;
  /** ISO 8601; null where nobody knows. */
  since: string | null;
}

export interface OverviewLoad {
  turns_running: number;
  /** Of these, turns that wait for an answer of people. */
  turns_waiting: number;
  /** Agent processes of sessions, those that start included. */
  processes: number;
  max_processes: number;
  spares_ready: number;
  spares_wanted: number;
  /** Sessions that wait for a process. */
  queue_length: number;
  /** Sessions without a process that are not archived, on all servers. */
  hibernated: number;
  /** Of all processors, 0 to 1, by whatever program. */
  cpu_share: number;
  cpus: number;
  memory_used_bytes: number;
  memory_total_bytes: number;
  /** Of the agent processes, shared pages counted once where the host says so. */
  agents_bytes: number;
  /** How late the server reacts: the 99th percentile since the reading before, in milliseconds. */
  event_loop_lag_ms: number;
}

/** How the server is now, for operators. Spending, budgets and sessions are those of all servers of the database. */
export interface OverviewResource {
  type: 'overview';
  /** ISO 8601. */
  at: string;
  node: {
    id: string;
    version: string;
    started_at: string;
    /** `drained`: it takes no new turns, and none runs: it can be ended. */
    state: 'serving' | 'draining' | 'drained';
  };
  health: HealthPart[];
  load: OverviewLoad;
  /** Since the day began in the time zone of the operator. */
  spending: { today_usd: string; requests: number; unpriced_requests: number; budget: BudgetResource | null };
  /** The most urgent first. */
  attention: AttentionItem[];
  stops: StopResource[];
}
