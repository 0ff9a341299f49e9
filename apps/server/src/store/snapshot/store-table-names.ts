import type { StoreTables } from '../schema.ts';

/** Every table of the store, so that none is missing in a backup: the type checker refuses a new one without an entry. */
const TABLES: Record<keyof StoreTables, true> = {
  sessions: true,
  deleted_sessions: true,
  forks: true,
  events: true,
  turn_queue: true,
  idempotency_keys: true,
  transcript_entries: true,
  approvals: true,
  model_requests: true,
  cost_differences: true,
  budgets: true,
  spend_days: true,
  budget_reservations: true,
  budget_alerts: true,
  settings: true,
  agents: true,
  environments: true,
  files: true,
  session_shares: true,
  workspace_trusts: true,
  folder_roots: true,
  folder_leases: true,
  share_state: true,
  session_files: true,
  mcp_apps: true,
  workspace_states: true,
  disk_use: true,
  audit_facts: true,
  audit_entries: true,
  audit_checkpoints: true,
  audit_intents: true,
  push_subscriptions: true,
  webhook_messages: true,
  mails: true,
  plugins: true,
  plugin_contents: true,
  plugin_content_chunks: true,
  secrets: true,
  vaults: true,
  vault_credentials: true,
  skills: true,
  skill_versions: true,
  named_leases: true,
  deployments: true,
  deployment_runs: true,
};

/** Of accounts: better-auth makes these tables. */
const AUTH_PREFIX = 'auth_';

/** Whether a table of the database belongs to this software. The tables of the migrations themselves do not count. */
export function isStoreTable(name: string): boolean {
  return Object.hasOwn(TABLES, name) || name.startsWith(AUTH_PREFIX);
}
