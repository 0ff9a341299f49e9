import type { Generated } from 'kysely';

import type { JsonColumn } from './json-column.ts';
import type { StateReason } from './state-reason.ts';

/** Timestamps are ISO 8601 text in UTC with milliseconds, which sorts as time does. */
type Timestamp = string;

export interface SessionTable {
  id: string;
  owner_id: string;
  title: string | null;
  /** The title in lower case, for searching alike in both back ends. */
  title_folded: string | null;
  title_source: string | null;
  status: string;
  stop_reason: JsonColumn | null;
  agent_id: string;
  agent_version: number;
  environment_id: string;
  /** The agent as the session uses it, overrides included; null for the platform's default. */
  agent: JsonColumn | null;
  model: string | null;
  permission_mode: string;
  metadata: JsonColumn;
  agent_session_id: string;
  parent_session_id: string | null;
  pinned_at: Timestamp | null;
  last_seq: Generated<number>;
  usage: JsonColumn;
  vault_ids: Generated<JsonColumn>;
  /** What is mounted into its workspace, without secrets. */
  resources: Generated<JsonColumn>;
  budget_micro_usd: Generated<number | null>;
  deployment_id: Generated<string | null>;
  created_at: Timestamp;
  updated_at: Timestamp;
  archived_at: Timestamp | null;
  /** The lease is in the session's row, so that one statement checks it and assigns a `seq`. */
  lease_node_id: string | null;
  lease_fence: Generated<number>;
  lease_expires_at: Timestamp | null;
}

/** Sessions that are gone for everyone, kept for ever: an id is never used again. */
export interface DeletedSessionTable {
  id: string;
  agent_session_id: string;
  deleted_at: Timestamp;
  /** When the last of its rows was removed; null until then. */
  purged_at: Timestamp | null;
}

/** Forks that are being copied. */
export interface ForkTable {
  session_id: string;
  agent_session_id: string;
  /** The server that copies. */
  node_id: string;
  started_at: Timestamp;
}

export interface EventTable {
  session_id: string;
  seq: number;
  id: string;
  type: string;
  body: JsonColumn;
  created_at: Timestamp;
}

export interface QueueTable {
  event_id: string;
  session_id: string;
  seq: number;
  state: string;
  content: JsonColumn;
  agent_message_uuid: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface IdempotencyTable {
  user_id: string;
  request_id: string;
  content_hash: string;
  /** Null between claim and completion, which are in one transaction. */
  response: JsonColumn | null;
  created_at: Timestamp;
}

export interface TranscriptTable {
  /** Rises with every row; the order of entries. */
  position: Generated<number>;
  agent_session_id: string;
  /** Empty for the main transcript. */
  subpath: string;
  uuid: string | null;
  entry: JsonColumn;
}

export interface ApprovalTable {
  id: string;
  session_id: string;
  tool_use_id: string;
  tool_name: string;
  input: JsonColumn;
  state: string;
  decided_by: string | null;
  decided_at: Timestamp | null;
  created_at: Timestamp;
  title: string;
  reason: string | null;
  expires_at: Timestamp | null;
  /** Null unless a rule demands a second person. */
  four_eyes: JsonColumn | null;
  handed_over: JsonColumn | null;
  plugin: JsonColumn | null;
  input_sha256: string | null;
  kind: string;
}

export interface UsageTable {
  id: string;
  session_id: string | null;
  owner_id: string;
  /** Null in rows of older servers, and for a process that no session has claimed. */
  turn: number | null;
  agent_id: string | null;
  cause: 'agent' | 'subagent';
  /** Null in rows of older servers. */
  upstream: string | null;
  key_owner: string | null;
  plugin: string | null;
  /** Where another model than the one that was asked for answered. */
  requested_model: string | null;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  web_searches: number;
  cost_micro_usd: number | null;
  price_version: string | null;
  status_code: number | null;
  /** 0 or 1. */
  is_error: number;
  /** 0 or 1. */
  is_cut: number;
  duration_ms: number;
  created_at: Timestamp;
  /** 0 until `spend_days` has it. */
  counted: number;
}

/** A turn of which Claude Code has counted another cost. */
export interface CostDifferenceTable {
  session_id: string;
  turn: number;
  owner_id: string;
  cost_micro_usd: number;
  reported_micro_usd: number;
  created_at: Timestamp;
}

export interface BudgetTable {
  id: string;
  scope: string;
  /** Empty for the platform. */
  target_id: string;
  period: string;
  limit_micro_usd: number;
  warn_at: number | null;
  /** Both or neither. */
  fallback_at: number | null;
  fallback_model: string | null;
  version: number;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** What has been spent by day of the operator's time zone. */
export interface SpendDayTable {
  scope: string;
  target_id: string;
  day: string;
  micro_usd: number;
  /** Calls without a price. */
  unpriced: number;
}

/** What calls in flight may cost. */
export interface BudgetReservationTable {
  /** That of the reservation, of which several calls may have parts. */
  call_id: string;
  budget_id: string;
  micro_usd: number;
  node_id: string;
  created_at: Timestamp;
}

/** What people were told of a budget in its present period. */
export interface BudgetAlertTable {
  budget_id: string;
  period: string;
  kind: string;
  limit_micro_usd: number;
}

export interface ShareTable {
  session_id: string;
  user_id: string;
  level: string;
  granted_by: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** One row. Its version changes with every share, by triggers. */
export interface ShareStateTable {
  id: number;
  version: number;
}

/** The files that messages of a session name: whoever may see the session may use them. */
export interface SessionFileTable {
  session_id: string;
  file_id: string;
}

/** Pages of MCP Apps. */
export interface McpAppTable {
  session_id: string;
  digest: string;
  page: JsonColumn;
  created_at: Timestamp;
}

/** The states that the workspace of a session has had. */
export interface WorkspaceStateTable {
  session_id: string;
  ordinal: number;
  turn: number;
  reason: StateReason;
  state: string;
  changed_files: number;
  left_out: JsonColumn;
  /** JSON: ids of users. */
  made_by: JsonColumn | null;
  /** The server, or the place that servers share, that has the files. */
  node_id: string;
  created_at: Timestamp;
}

/** What the folders of a session take on the disk of a server. */
export interface DiskUseTable {
  session_id: string;
  /** The server, or the place that servers share. */
  node_id: string;
  bytes: number;
  entries: number;
  measured_at: Timestamp;
}

export interface WorkspaceTrustTable {
  id: string;
  user_id: string;
  identity: string;
  digest: string;
  counts: JsonColumn;
  trusted_at: Timestamp;
}

export interface SettingTable {
  key: string;
  value: JsonColumn;
  updated_at: Timestamp;
}

export interface DefinitionTable {
  id: string;
  version: number;
  name: string;
  definition: JsonColumn;
  /** Null for what the platform itself keeps. */
  owner_id: string | null;
  scope: string;
  created_at: Timestamp;
  /** Of version 1; null only in rows that an older server wrote. */
  first_created_at: Timestamp | null;
  archived_at: Timestamp | null;
}

export interface FileTable {
  id: string;
  owner_id: string;
  filename: string;
  mime_type: string;
  size_bytes: number;
  /** The session that it was made in, if any. */
  session_id: string | null;
  created_at: Timestamp;
  expires_at: Timestamp | null;
}

/** Facts for the audit log that are stored and not chained yet. */
export interface AuditFactTable {
  position: Generated<number>;
  at: Timestamp;
  actor_type: string;
  actor_id: string | null;
  action: string;
  target_type: string;
  target_id: string | null;
  outcome: string;
  /** As it is hashed: keys sorted, no white space. */
  details: JsonColumn;
}

/** The audit log. Rows are never changed. */
export interface AuditEntryTable extends Omit<AuditFactTable, 'position'> {
  seq: number;
  prev_hash: string;
  hash: string;
}

export interface AuditCheckpointTable {
  /** `head`: the log reaches so far. `base`: what is older was removed by retention. */
  kind: string;
  seq: number;
  hash: string;
  at: Timestamp;
  public_key: string;
  signature: string;
}

export interface AuditIntentTable {
  id: string;
  /** The server that is about to do it. */
  node_id: string;
  at: Timestamp;
  /** An `AuditFact`. */
  fact: JsonColumn;
}

/** Browsers that want push messages, by sign-in. */
export interface PushSubscriptionTable {
  sign_in_id: string;
  user_id: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  created_at: Timestamp;
}

/** The registry of plugins. */
export interface PluginTable {
  name: string;
  state: string;
  version: string | null;
  /** Of the content that serves, or would serve. */
  digest: string;
  record: JsonColumn;
  /** Rises with every change. */
  revision: number;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Content of plugins for other servers: there when all of its chunks are. */
export interface PluginContentTable {
  name: string;
  digest: string;
  /** When somebody wanted to have it here last. */
  created_at: Timestamp;
}

export interface PluginContentChunkTable {
  name: string;
  digest: string;
  /** From 0, without gaps. */
  number: number;
  data: Buffer;
}

/** Messages that the webhook has not confirmed. */
export interface WebhookMessageTable {
  id: string;
  type: string;
  data: JsonColumn;
  created_at: Timestamp;
  expires_at: Timestamp;
  attempts: number;
  /** When it is sent next; in the future also while a server sends it. */
  due_at: Timestamp;
}

/** Encrypted values. */
export interface SecretTable {
  scope: string;
  /** Empty for the platform's. */
  owner_id: string;
  name: string;
  key_id: string;
  wrapped_key: string;
  ciphertext: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** Of a user; null where nobody noted it. */
  updated_by: string | null;
}

/** A vault, or a credential in one, whose values are secrets with the scope `vault`. */
export interface VaultRecordTable {
  id: string;
  /** The user who owns the vault; the vault that has the credential. */
  parent_id: string;
  content: JsonColumn;
  version: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
  archived_at: Timestamp | null;
}

/** Skills that people upload. */
export interface SkillTable {
  id: string;
  owner_id: string;
  name: string;
  display_name: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface SkillVersionTable {
  id: string;
  skill_id: string;
  description: string;
  digest: string;
  size_bytes: number;
  created_at: Timestamp;
}

/** What starts sessions by itself. */
export interface DeploymentTable {
  id: string;
  owner_id: string;
  name: string;
  agent_id: string;
  agent_version: number;
  environment_id: string;
  content: JsonColumn;
  /** Null while it is active. */
  paused_reason: JsonColumn | null;
  /** When the schedule is due; null without one, while it is paused and when it is archived. */
  next_run_at: Timestamp | null;
  last_run_at: Timestamp | null;
  /** Runs that failed, one after the other. */
  failures: Generated<number>;
  version: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
  archived_at: Timestamp | null;
}

export interface DeploymentRunTable {
  id: string;
  deployment_id: string;
  owner_id: string;
  agent_id: string;
  agent_version: number;
  trigger_type: string;
  /** No two runs of a deployment have the same. */
  trigger_key: string;
  state: string;
  session_id: string | null;
  error: JsonColumn | null;
  /** What is to be done; null once it is. */
  task: JsonColumn | null;
  attempts: number;
  /** Until then the server that has it makes the session; null once it is done. By the clock of leases. */
  busy_until: Timestamp | null;
  created_at: Timestamp;
}

/** Mails to operators that wait, and those of the last hour. */
export interface MailTable {
  key: string;
  subject: string;
  text: string;
  created_at: Timestamp;
  attempts: number;
  /** When it is sent next; in the future also while a server sends it; null once it was sent or given up. */
  due_at: Timestamp | null;
}

/** A folder of the machine below which sessions may work. */
export interface FolderRootTable {
  id: string;
  /** Absolute, without links. */
  path: string;
  label: string;
  roles: JsonColumn;
  modes: JsonColumn;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** A session has a folder of the machine for itself. */
export interface FolderLeaseTable {
  resource_id: string;
  path: string;
  session_id: string;
  taken_at: Timestamp;
}

export interface NamedLeaseTable {
  name: string;
  holder: string;
  expires_at: Timestamp;
}

/** The tables of the store. Tables of other parts (accounts) live in the same database and are not listed. */
export interface StoreTables {
  sessions: SessionTable;
  deleted_sessions: DeletedSessionTable;
  forks: ForkTable;
  events: EventTable;
  turn_queue: QueueTable;
  idempotency_keys: IdempotencyTable;
  transcript_entries: TranscriptTable;
  approvals: ApprovalTable;
  model_requests: UsageTable;
  cost_differences: CostDifferenceTable;
  budgets: BudgetTable;
  spend_days: SpendDayTable;
  budget_reservations: BudgetReservationTable;
  budget_alerts: BudgetAlertTable;
  settings: SettingTable;
  agents: DefinitionTable;
  environments: DefinitionTable;
  files: FileTable;
  session_shares: ShareTable;
  share_state: ShareStateTable;
  session_files: SessionFileTable;
  mcp_apps: McpAppTable;
  workspace_states: WorkspaceStateTable;
  workspace_trusts: WorkspaceTrustTable;
  folder_roots: FolderRootTable;
  folder_leases: FolderLeaseTable;
  disk_use: DiskUseTable;
  audit_facts: AuditFactTable;
  audit_entries: AuditEntryTable;
  audit_checkpoints: AuditCheckpointTable;
  audit_intents: AuditIntentTable;
  push_subscriptions: PushSubscriptionTable;
  webhook_messages: WebhookMessageTable;
  mails: MailTable;
  plugins: PluginTable;
  plugin_contents: PluginContentTable;
  plugin_content_chunks: PluginContentChunkTable;
  secrets: SecretTable;
  vaults: VaultRecordTable;
  vault_credentials: VaultRecordTable;
  skills: SkillTable;
  skill_versions: SkillVersionTable;
  named_leases: NamedLeaseTable;
  deployments: DeploymentTable;
  deployment_runs: DeploymentRunTable;
}
