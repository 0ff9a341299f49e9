import type { McpAppMode } from './mcp-app.ts';
import type { PermissionMode } from './permission-mode.ts';
import type { SessionEvent } from './session-events.ts';

/** GET /api/v1/bootstrap: what the web app needs for its first page. */
export interface Bootstrap {
  user: { id: string; name: string; email: string; role: 'admin' | 'operator' | 'user' };
  /** What the account may do for all, by the actions of docs/operate/roles.md. */
  may: string[];
  /** True when the scripted model answers, because no upstream is configured. */
  demo: boolean;
  version: string;
  /** Why agents have all rights of the server's user, for operators and administrators; null where they are confined. */
  unconfined: string | null;
  /** False where the server takes no passwords. */
  password_sign_in: boolean;
  /** Of the operator: in it the platform counts hours, days and months. */
  time_zone: string;
  /** The first is the default. */
  models: { id: string; label: string }[];
  /** The secrets that people can set to pay model calls with keys of their own, each with the upstreams that are called with it. */
  model_keys: { secret: string; upstreams: string[] }[];
  permission_modes: PermissionMode[];
  /** Whether apps of MCP servers are shown, and whether they reach the origins that their servers declare. */
  mcp_apps: McpAppMode;
  /**
   * The server refuses what is larger. Images and PDFs count as base64, and a file counts for each block that names
   * it.
   */
  limits: { max_frame_bytes: number; max_message_bytes: number; max_file_bytes: number };
}

/** POST /api/v1/sign-in: exactly one credential. Answers 204 with the cookie, or 401. */
export type SignInBody =
  | { link_token: string }
  | { api_key: string }
  | { email: string; password: string }
  /** What `navigator.credentials.get` answered, in the JSON of WebAuthn. */
  | { passkey: unknown };

/** GET /api/v1/sign-in: which ways to sign in can work for somebody, besides API keys and one-time links. */
export interface SignInWays {
  /** False where the server takes no passwords. */
  password_sign_in: boolean;
  /** There is an account with a password. */
  password: boolean;
  /** Null where it is not set up. `url` is for the browser to open, with `return_to`: the path to come back to. */
  single_sign_on: { name: string; url: string } | null;
  /** There is a passkey for `passkey_origin`. */
  passkey: boolean;
  /** Where passkeys work, as `https://host[:port]`; null where they cannot. */
  passkey_origin: string | null;
}

/**
 * What a change of how somebody signs in needs: the current password; nothing, soon after a sign-in to an account without
 * a password; another sign-in, that no API key made; or it is the provider's who signs the person in.
 */
export type AccountConfirmation = 'password' | 'nothing' | 'new_sign_in' | 'provider';

/** GET /api/v1/account: one's own account. */
export interface AccountResource {
  type: 'account';
  id: string;
  name: string;
  email: string;
  role: 'admin' | 'operator' | 'user';
  confirm_with: AccountConfirmation;
}

/** An account, as administrators and operators see it. */
export interface UserResource {
  type: 'user';
  id: string;
  email: string;
  name: string;
  role: 'admin' | 'operator' | 'user';
  status: 'active' | 'locked';
  /** ISO 8601. */
  created_at: string;
  /** ISO 8601: until when the person may accept the invitation; null for whom none waits. */
  invited_until: string | null;
}

/** A link with which a person sets the name and the password of an account, once. The server shows it once. */
export interface InvitationResource {
  url: string;
  /** ISO 8601. */
  expires_at: string;
}

/** A passkey of the user: a key in a device or a password manager. */
export interface PasskeyResource {
  type: 'passkey';
  id: string;
  name: string;
  /** ISO 8601. */
  created_at: string;
  /** ISO 8601. */
  last_used_at: string | null;
  /** The domain that it works for. */
  rp_id: string;
}

/** A browser in which the user is signed in. */
export interface SignInResource {
  type: 'sign_in';
  id: string;
  /** ISO 8601. */
  created_at: string;
  /** ISO 8601. */
  expires_at: string;
  /** Network address that it came from. */
  address: string;
  /** The browser, as it names itself. */
  user_agent: string;
  /** Whether the request came by it. */
  current: boolean;
}

/** A secret, without its value. */
export interface SecretResource {
  type: 'secret';
  name: string;
  /** Who has it. */
  scope: 'platform' | 'agent' | 'user';
  /** With the scope `agent`. */
  agent_id: string | null;
  agent_name: string | null;
  /** ISO 8601. */
  created_at: string;
  /** ISO 8601; when its value was last set. */
  updated_at: string;
  /** Who set it then; null where that is not known. Of a removed account the name is null. */
  updated_by: { id: string; name: string | null } | null;
}

/** A sign-in to an MCP server, without its tokens. */
export interface McpSignInResource {
  type: 'mcp_sign_in';
  id: string;
  /** For whom: the user who asks, or the platform. */
  scope: 'user' | 'platform';
  server_url: string;
  server_name: string;
  /** The plugin for whose server it was made; null for a URL. */
  plugin: string | null;
  /** The authorization server. */
  issuer: string;
  status: 'signed_in' | 'needs_sign_in';
  /** Why somebody has to sign in again, as a sentence; null while it serves. */
  problem: string | null;
  /** ISO 8601, of the token; null where the authorization server does not say. */
  expires_at: string | null;
  /** Whether the token is renewed by itself. */
  renews: boolean;
  /** What was granted, separated by spaces; null where nobody has said. */
  oauth_scope: string | null;
  /** ISO 8601. */
  created_at: string;
  updated_at: string;
}

/** Where a sign-in to an MCP server goes on. */
export interface McpSignInBeginning {
  type: 'mcp_sign_in_beginning';
  /** Open it in a browser where the same user is signed in to the platform. */
  authorization_url: string;
  /** ISO 8601. */
  expires_at: string;
  /** Whose token it will be. */
  issuer: string;
  /** The MCP server that will get it. */
  server_url: string;
}

/** The platform as a client of an authorization server, without its secret. */
export interface McpClientResource {
  type: 'mcp_client';
  issuer: string;
  client_id: string;
  has_secret: boolean;
  /** What is registered there: it is for this issuer alone. */
  redirect_uri: string;
  /** The MCP servers that a configured one serves. */
  server_origins: string[];
  /** Set by an operator, or registered by the platform itself. */
  kind: 'configured' | 'registered';
}

/** A page of a list, as the Managed Agents API pages: pass `next_page` as `page`. */
export interface Page<T> {
  data: T[];
  next_page: string | null;
}

/** An event as GET /v1/sessions/{id}/events lists it: with its `seq`. */
export type ListedEvent = SessionEvent & { seq: number };

/** What a process tree used at one moment. Memory is in bytes. */
export interface ProcessSampleResource {
  /** ISO 8601. */
  at: string;
  rss_bytes: number;
  /** Counts shared pages once. Measured less often; null until the first time. */
  pss_bytes: number | null;
  cpu_seconds: number;
}

/** One agent process with all of its descendants, as operators see it. */
export interface ProcessResource {
  type: 'process';
  /** Null for a spare. */
  session_id: string | null;
  title: string | null;
  owner: { id: string; name: string | null } | null;
  /** Null for a spare. */
  agent: { id: string; name: string | null } | null;
  /** Pid of the root; null until it was measured once, and where the host has no pids. */
  pid: number | null;
  state: 'starting' | 'working' | 'idle' | 'spare';
  start: 'warm' | 'cold' | 'resumed' | null;
  age_seconds: number;
  rss_bytes: number;
  pss_bytes: number | null;
  cpu_seconds: number;
  /** Every process of the tree, the root included. */
  processes: { pid: number; parent_pid: number; name: string; rss_bytes: number }[];
  /** Oldest first. The other fields have the values of the newest. */
  samples: ProcessSampleResource[];
}

/** GET and PUT /api/v1/log-level: how much the server that answers logs, for operators. */
export interface LogLevelResource {
  type: 'log_level';
  level: LogLevelName;
  /** With which the server starts. */
  configured: LogLevelName;
  /** ISO 8601: when it falls back to the configured level. */
  ends_at: string | null;
}

export type LogLevelName = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** GET /api/v1/upstreams: where model calls go, for operators. */
export interface UpstreamResource {
  name: string;
  base_url: string;
  /** Names of the models that it serves, with `*` for any characters; null for all. */
  models: string[] | null;
  /** Of its circuit breaker: it takes calls, one call tries it, or it gets no call. */
  state: 'closed' | 'half_open' | 'open';
  /** ISO 8601: from when on a call tries it, while open. */
  retry_at: string | null;
  /** ISO 8601: when it got into this state, or the server started. */
  since: string;
  /** Failed calls in the window of its breaker; as many as open it at most. */
  failures: number;
}

export type UpstreamList = Page<UpstreamResource>;

/** GET /api/v1/processes */
export interface ProcessList extends Page<ProcessResource> {
  limits: { max_processes: number; max_rss_bytes: number; max_duration_seconds: number };
  /** Sessions that wait for a process. */
  queue_length: number;
  /** The server that answers: these are its processes. */
  node_id: string;
  pool: ProcessPoolResource;
}

/** GET /api/v1/push-subscription */
export interface PushState {
  type: 'push_state';
  /** The `applicationServerKey` of Web Push, in base64url. */
  public_key: string;
  /** Where messages for this sign-in go; null without a subscription. */
  endpoint: string | null;
}

/** An entry of GET /api/v1/audit. */
export interface AuditEntryResource {
  /** 1, 2, 3 … without gaps. */
  seq: number;
  at: string;
  actor: { type: string; id: string | null };
  action: string;
  target: { type: string; id: string | null };
  outcome: string;
  details: Record<string, unknown>;
  prev_hash: string;
  hash: string;
}

/** GET /api/v1/audit. */
export interface AuditEntryList extends Page<AuditEntryResource> {
  /** Of the people and API keys of these entries, by id, also of those that are gone. */
  names: Record<string, string>;
}

/** The spares for new sessions. */
export interface ProcessPoolResource {
  ready: number;
  starting: number;
  /** How many the pool wants to have ready now. */
  wanted: number;
  /** How many kinds of sessions those that are ready are for: a spare serves only sessions with the same agent, options and plugins. */
  kinds: number;
  /** Since the server started: spares that became ready, that sessions took, and starts that failed. */
  started: number;
  claimed: number;
  failed: number;
  /** Starts that failed in a row; 0 when the last one succeeded. */
  start_failures: number;
  /** Why the last one failed, for people. */
  last_failure: string | null;
}
