import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

import { MCP_APP_MODES, SECRET_MODES } from '@claude-sdk-pattern/protocol';
import { promptGuardMode, toolSearchMode } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import { LOG_LEVELS } from '../lib/log-levels.ts';
import { isTimeZone } from '../lib/time-bins.ts';
import { groupRoles, issuerUrl, jwtIssuers } from './sign-in-settings.ts';
import { keyValueList, SAMPLERS } from './tracing-settings.ts';
import { upstreamList } from './upstream-settings.ts';

interface Variable<T extends z.ZodType> {
  name: string;
  schema: T;
  /** As text, for help and docs; undefined where there is none. */
  default?: string;
  unit?: string;
  description: string;
}

function variable<T extends z.ZodType>(options: Variable<T>): Variable<T> {
  return options;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** Names that stand for ranges, as `@fastify/proxy-addr` knows them. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];
const origins = z
  .string()
  .transform(splitList)
  .refine((all) => all.every(isOrigin), 'takes origins without a path, such as https://tools.example.com');

const gitServers = z
  .string()
  .transform(splitList)
  .refine(
    (all) => all.every((each) => /^(?:https?|ssh):\/\/[\w.-]+(?::\d+)?$/.test(each)),
    'takes addresses such as https://git.example.internal, http://10.0.0.5:3000 or ssh://git.example.internal:2222, without user and path',
  )
  .transform((all) => all.map((each) => each.toLowerCase()));

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** Where the server's own paths begin. A base path that began so could not be told from them. */
const OWN_PATHS = ['api', 'assets', 'health', 'hooks', 'metrics', 'oauth', 'plugins', 'v1', 'ws'];
const BASE_PATH = new RegExp(`^(?:/(?!(?:${OWN_PATHS.join('|')})(?:/|$))[\\w-][\\w.~-]*(?:/[\\w-][\\w.~-]*)*)?$`);
const publicUrl = z
  .url()
  .transform((text) => text.replace(/\/$/, ''))
  .refine(
    (text) => {
      const { pathname, search, hash } = new URL(text);
      return BASE_PATH.test(pathname.replace(/\/$/, '')) && search === '' && hash === '';
    },
    `takes an address such as https://agents.example.com or https://example.com/agents: its path, if any, has only letters, digits, ".", "_", "~" and "-", and does not begin with one of the server's own (${OWN_PATHS.join(', ')})`,
  );

const httpUrl = z.url({ protocol: /^https?$/, error: 'takes an http or https URL' });

const proxies = z
  .string()
  .transform(splitList)
  .refine((all) => all.every(isProxy), 'takes addresses and ranges, such as 127.0.0.1, 10.0.0.0/8 or loopback');

function isProxy(text: string): boolean {
  if (PROXY_NAMES.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** `whsec_` and 24 to 64 bytes in base64. */
const WEBHOOK_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const webhookSecrets = z
  .string()
  .transform((text) => text.split(/\s+/).filter((each) => each !== ''))
  .refine(
    (all) => all.every((each) => WEBHOOK_SECRET.test(each)),
    'takes whsec_ and 24 to 64 bytes in base64: make one with echo whsec_$(openssl rand -base64 32)',
  );

const emails = z
  .string()
  .transform(splitList)
  .refine(
    (all) => all.every((each) => z.email().safeParse(each).success),
    'takes email addresses, separated by commas',
  );

const absolutePaths = z
  .string()
  .transform((text) => text.split(':').filter((path) => path !== ''))
  .refine((all) => all.every((path) => isAbsolute(path)), 'takes absolute paths, separated by colons');

const positive = z.coerce.number().int().positive();
/** A month of any time zone is within. */
const MIN_USAGE_DAYS = 32;
const nonNegative = z.coerce.number().int().min(0);

/**
 * Every configuration variable, by its key in `Config`. Documentation and `csp --help` are made from this. Over 300 lines:
 * one entry for each variable.
 */
export const CONFIG_VARIABLES = {
  anthropicApiKey: variable({
    name: 'ANTHROPIC_API_KEY',
    schema: z.string().min(1).optional(),
    description: 'Key for the upstream Messages API. It never enters an agent process.',
  }),
  anthropicBaseUrl: variable({
    name: 'ANTHROPIC_BASE_URL',
    schema: z.url().optional(),
    description:
      'URL of the upstream Messages API; https://api.anthropic.com when only a key is set. Without both, the demo model answers.',
  }),
  upstreams: variable({
    name: 'CLAUDE_SDK_PATTERN_UPSTREAMS',
    schema: upstreamList.default([]),
    description:
      'More upstreams with the Messages API, as JSON, in the order in which they take over: after that of ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY, if one of these is set. docs/operate/model-api.md explains its fields.',
  }),
  host: variable({
    name: 'CLAUDE_SDK_PATTERN_HOST',
    schema: z.string().min(1).default('127.0.0.1'),
    default: '127.0.0.1',
    description: 'Address to listen on.',
  }),
  port: variable({
    name: 'CLAUDE_SDK_PATTERN_PORT',
    schema: z.coerce.number().int().min(0).max(65_535).default(4600),
    default: '4600',
    description: 'Port to listen on; 0 chooses a free one.',
  }),
  publicUrl: variable({
    name: 'CLAUDE_SDK_PATTERN_PUBLIC_URL',
    schema: publicUrl.optional(),
    description:
      'URL that browsers use when a proxy is in front, also below a path: https://agents.example.com or https://example.com/agents. The server accepts its origin, and with https marks cookies Secure.',
  }),
  allowedOrigins: variable({
    name: 'CLAUDE_SDK_PATTERN_ALLOWED_ORIGINS',
    schema: origins.default([]),
    description:
      "Origins besides the server's own whose pages may use the API and open WebSockets, with the rights of whoever is signed in there, separated by commas, such as https://tools.example.com.",
  }),
  trustedProxies: variable({
    name: 'CLAUDE_SDK_PATTERN_TRUSTED_PROXIES',
    schema: proxies.default([]),
    description:
      'Addresses and ranges of the proxies in front, separated by commas, such as 127.0.0.1, 10.0.0.0/8 or loopback. The server trusts X-Forwarded-For of these only: it takes the client address from there, for limits and for the list of sign-ins.',
  }),
  dataDir: variable({
    name: 'CLAUDE_SDK_PATTERN_DATA_DIR',
    schema: z.string().min(1).default('./data'),
    default: './data',
    description: 'Folder of the database, workspaces, agent configuration and secrets.',
  }),
  sharedDir: variable({
    name: 'CLAUDE_SDK_PATTERN_SHARED_DIR',
    schema: z.string().min(1).optional(),
    description:
      'Folder on a disk that all servers of the database have, for workspaces, what was recorded of them, and uploads: then a session goes on at another server with its files. Without it they are in the data directory.',
  }),
  databaseUrl: variable({
    name: 'CLAUDE_SDK_PATTERN_DATABASE_URL',
    schema: z.string().min(1).optional(),
    description: 'postgres://… for PostgreSQL; otherwise SQLite in the data directory.',
  }),
  bootstrapApiKey: variable({
    name: 'CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY',
    schema: z.string().min(24, 'needs at least 24 characters: make one with openssl rand -hex 32').optional(),
    description: "An administrator's API key that exists from the first start; at least 24 characters.",
  }),
  passwordSignIn: variable({
    name: 'CLAUDE_SDK_PATTERN_PASSWORD_SIGN_IN',
    schema: z.enum(['on', 'off']).default('on'),
    default: 'on',
    description:
      'Whether people may sign in with a password: on or off. off needs single sign-on, or an address at which browsers allow passkeys. Stored passwords stay, and open nothing.',
  }),
  oidcIssuer: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_ISSUER',
    schema: issuerUrl.optional(),
    description:
      'URL of the OpenID provider for single sign-on, as its discovery document names it. Set it with CLAUDE_SDK_PATTERN_OIDC_CLIENT_ID; without both there is no single sign-on.',
  }),
  oidcClientId: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_CLIENT_ID',
    schema: z.string().min(1).optional(),
    description:
      'Id of this server at the OpenID provider. Its redirect URI is CLAUDE_SDK_PATTERN_PUBLIC_URL followed by /api/v1/sign-in/oidc/callback.',
  }),
  oidcClientSecret: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_CLIENT_SECRET',
    schema: z.string().min(1).optional(),
    description: 'Secret of this server at the OpenID provider. Leave it out for a public client: PKCE is always used.',
  }),
  oidcScopes: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_SCOPES',
    schema: z.string().default('openid profile email'),
    default: 'openid profile email',
    description: 'Scopes that single sign-on asks for, separated by spaces. Some providers need one more for groups.',
  }),
  oidcName: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_NAME',
    schema: z.string().trim().min(1).max(60).default('single sign-on'),
    default: 'single sign-on',
    description: 'Name of the provider on the button of the sign-in page, after "Continue with".',
  }),
  oidcAdmission: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_ADMISSION',
    schema: z.enum(['known', 'groups', 'everyone']).default('known'),
    default: 'known',
    description:
      'Who may sign in by single sign-on: known (people who have an account here), groups (members of a group in CLAUDE_SDK_PATTERN_OIDC_ROLES) or everyone whom the provider knows. groups and everyone make accounts at the first sign-in.',
  }),
  oidcGroupsClaim: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_GROUPS_CLAIM',
    schema: z.string().min(1).default('groups'),
    default: 'groups',
    description:
      'Claim with the groups or roles of a person, a text or a list of texts. Dots lead into objects, as in realm_access.roles.',
  }),
  oidcRoles: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_ROLES',
    schema: groupRoles.optional(),
    description:
      'The roles of groups as JSON, such as {"csp-admins": "admin"}. At each sign-in a person gets the strongest role of their groups, or user without one. Not set, the provider changes no role.',
  }),
  oidcEmailVerifiedClaim: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_EMAIL_VERIFIED_CLAIM',
    schema: z.string().min(1).default('email_verified'),
    default: 'email_verified',
    description:
      'Claim that says that the email is verified. Only a verified email leads to an account. Microsoft Entra ID has xms_edov instead.',
  }),
  oidcSignInHours: variable({
    name: 'CLAUDE_SDK_PATTERN_OIDC_SIGN_IN_HOURS',
    schema: positive.max(30 * 24).default(24),
    default: '24',
    unit: 'hours',
    description:
      'How long a sign-in by single sign-on lasts. Then the provider is asked again, which brings groups and roles up to date.',
  }),
  jwtIssuers: variable({
    name: 'CLAUDE_SDK_PATTERN_JWT_ISSUERS',
    schema: jwtIssuers.default([]),
    description:
      'Issuers whose JSON Web Tokens services may send instead of an API key, as JSON. docs/operate/accounts.md explains its fields.',
  }),
  secretsKey: variable({
    name: 'CLAUDE_SDK_PATTERN_SECRETS_KEY',
    schema: z.string().min(32, 'needs at least 32 characters').optional(),
    default: 'generated into the data directory',
    description: 'Key for secrets at rest and for signing cookies.',
  }),
  secretsKeyPrevious: variable({
    name: 'CLAUDE_SDK_PATTERN_SECRETS_KEY_PREVIOUS',
    schema: z.string().min(32, 'needs at least 32 characters').optional(),
    description:
      'Another secrets key that also reads secrets at rest: the earlier one after a change, or the next one before it. The file secrets.key.previous of the data directory does the same. docs/operate/secrets.md tells how to change the key.',
  }),
  maxSessions: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSIONS',
    schema: positive.default(10),
    default: '10',
    unit: 'processes',
    description:
      'Most live agent processes, spares included. When all are in use, the session that has been idle longest hibernates.',
  }),
  minFreeMemoryMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MIN_FREE_MEMORY_MB',
    schema: nonNegative.default(512),
    default: '512',
    unit: 'MB',
    description:
      'With less free memory than this no further agent process starts: idle sessions hibernate, then new work waits.',
  }),
  queueTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_QUEUE_TIMEOUT_SECONDS',
    schema: positive.default(600),
    default: '600',
    unit: 'seconds',
    description: 'How long a turn waits for an agent process when all are in use; then it fails with overloaded_error.',
  }),
  maxQueuedPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_QUEUED_PER_USER',
    schema: positive.default(20),
    default: '20',
    unit: 'sessions',
    description:
      'Most sessions of one user that may wait for an agent process; messages to further sessions are refused.',
  }),
  maxStoredSessionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_STORED_SESSIONS_PER_USER',
    schema: positive.default(10_000),
    default: '10000',
    unit: 'sessions',
    description: 'Most sessions of one user, archived ones included.',
  }),
  maxRunningSessionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_RUNNING_SESSIONS_PER_USER',
    schema: positive.optional(),
    default: 'unlimited',
    unit: 'sessions',
    description: 'Most sessions of one user with a running turn, those that wait for a process included.',
  }),
  maxQueuedMessagesPerSession: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_QUEUED_MESSAGES_PER_SESSION',
    schema: positive.default(1000),
    default: '1000',
    unit: 'messages',
    description: 'Most messages of one session that may wait for the running turn; further ones are refused.',
  }),
  maxConnectionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_CONNECTIONS_PER_USER',
    schema: positive.default(1000),
    default: '1000',
    unit: 'connections',
    description: 'Most WebSockets and event streams of one user on one server at the same time.',
  }),
  promptGuard: variable({
    name: 'CLAUDE_SDK_PATTERN_PROMPT_GUARD',
    schema: promptGuardMode.default('flag'),
    default: 'flag',
    description:
      'What happens when a tool result or a message looks like an attack on the agent: off, flag (people are told), ask (people decide every further call that does more than look), block (such calls are denied). An agent may say otherwise in prompt_guard.',
  }),
  secretsInToolCalls: variable({
    name: 'CLAUDE_SDK_PATTERN_SECRETS_IN_TOOL_CALLS',
    schema: z.enum(SECRET_MODES).default('ask'),
    default: 'ask',
    description:
      'What happens when the input of a tool call holds a secret, such as a key or a password in a URL: off, mask (it is kept out of the journal, the approvals and the audit log), ask (people decide the call), deny.',
  }),
  mcpApps: variable({
    name: 'CLAUDE_SDK_PATTERN_MCP_APPS',
    schema: z.enum(MCP_APP_MODES).default('isolated'),
    default: 'isolated',
    description:
      'Whether the apps of MCP servers are shown in conversations: off, isolated (an app gets the input and the result of its tool, and reaches nothing outside), declared (an app also reaches the public origins that its server declares, from the browsers of people).',
  }),
  toolSearch: variable({
    name: 'CLAUDE_SDK_PATTERN_TOOL_SEARCH',
    schema: toolSearchMode.default('auto'),
    default: 'auto',
    description:
      'Whether the model searches the tools of MCP servers instead of having them in every request: auto (where they are many), always, never (for an upstream that knows no tool search). An agent may have its own setting, except with never.',
  }),
  toolSearchAboveTokens: variable({
    name: 'CLAUDE_SDK_PATTERN_TOOL_SEARCH_ABOVE_TOKENS',
    schema: nonNegative.default(10_000),
    default: '10000',
    unit: 'tokens',
    description:
      'With auto, the tools of MCP servers of an agent are searched when they take more than this in every request, estimated at 2.5 characters for a token.',
  }),
  backgroundTasks: variable({
    name: 'CLAUDE_SDK_PATTERN_BACKGROUND_TASKS',
    schema: z.enum(['on', 'off']).default('on'),
    default: 'on',
    description:
      'Whether agents may run commands beside the conversation, such as a dev server: on, off (a command ends within its turn). A session keeps its process while such a command runs.',
  }),
  maxRequestsPerMinute: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE',
    schema: nonNegative.default(6000),
    default: '6000',
    unit: 'requests',
    description:
      'Most requests and frames of one key or sign-in in a minute, on one server; all those of a user may send twice as many. 0 for no limit.',
  }),
  maxRequestsPerMinuteOfAddress: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE_OF_ADDRESS',
    schema: nonNegative.optional(),
    default: 'five times CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE',
    unit: 'requests',
    description:
      'Most requests and frames of one address in a minute, on one server, whoever sends them; those without a credential at most CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE. An IPv6 network of 64 bits counts as one address. 0 for no limit.',
  }),
  maxNewSessionsPerMinute: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_NEW_SESSIONS_PER_MINUTE',
    schema: nonNegative.default(600),
    default: '600',
    unit: 'sessions',
    description: 'Most sessions that one user may create or fork in a minute, on one server. 0 for no limit.',
  }),
  prewarmPoolSize: variable({
    name: 'CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE',
    schema: nonNegative.default(2),
    default: '2',
    unit: 'processes',
    description:
      'Least number of spares: processes that are started ahead for new sessions. With demand the server keeps more. 0 switches the pool off.',
  }),
  maxSessionRssMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB',
    schema: positive.default(2048),
    default: '2048',
    unit: 'MB',
    description:
      'An agent process whose tree uses more memory is replaced at the end of its turn; above 1.5 times this, at once.',
  }),
  maxMcpServerRssMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_MCP_SERVER_RSS_MB',
    schema: positive.default(1024),
    default: '1024',
    unit: 'MB',
    description:
      'An MCP server that runs as a process of a session, and uses more memory with its children, is ended and started again. It counts for its session as well.',
  }),
  maxTerminals: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_TERMINALS',
    schema: nonNegative.default(20),
    default: '20',
    description: 'The most terminals that are open on this server at the same time. 0 switches terminals off.',
  }),
  maxTerminalsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_TERMINALS_PER_USER',
    schema: positive.default(6),
    default: '6',
    description: 'The most terminals that one person has open at the same time.',
  }),
  maxTerminalRssMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_TERMINAL_RSS_MB',
    schema: positive.default(1024),
    default: '1024',
    unit: 'MB',
    description:
      'A terminal that uses more memory, with all that runs in it, is ended. It counts for its session as well.',
  }),
  terminalIdleTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_TERMINAL_IDLE_TIMEOUT_SECONDS',
    schema: positive.default(3600),
    default: '3600',
    unit: 'seconds',
    description: 'A terminal in which nobody types and nothing is written for this long is ended.',
  }),
  mcpOrigins: variable({
    name: 'CLAUDE_SDK_PATTERN_MCP_ORIGINS',
    schema: origins.default([]),
    description:
      'Origins of MCP servers, and of the servers where people sign in for them, inside of your network, separated by commas, such as https://sso.example.internal. Sign-ins go to https on public addresses otherwise, and to the MCP server itself.',
  }),
  gitServers: variable({
    name: 'CLAUDE_SDK_PATTERN_GIT_SERVERS',
    schema: gitServers.default([]),
    description:
      'Git servers inside of your network that repositories of sessions may be on, separated by commas, such as https://git.example.internal, http://10.0.0.5:3000 or ssh://git.example.internal:2222. Others are reached by https or ssh on public addresses.',
  }),
  maxRepositoriesMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_REPOSITORIES_MB',
    schema: positive.default(20_480),
    default: '20480',
    unit: 'MB',
    description:
      'What the server keeps of the repositories of all sessions, so that the next session opens them at once. Those that were not used for longest are removed, at the latest after two weeks. Half of it is for the repositories of one person, and no single one may be larger.',
  }),
  maxSessionDurationSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_DURATION_SECONDS',
    schema: positive.default(14_400),
    default: '14400',
    unit: 'seconds',
    description:
      'An older agent process ends with its turn and the session hibernates. The session says so five minutes before.',
  }),
  sessionIdleTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_SESSION_IDLE_TIMEOUT_SECONDS',
    schema: positive.default(1800),
    default: '1800',
    unit: 'seconds',
    description: 'An idle session hibernates after this time.',
  }),
  approvalTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_APPROVAL_TIMEOUT_SECONDS',
    schema: positive.max(365 * 24 * 60 * 60).default(86_400),
    default: '86400',
    unit: 'seconds',
    description: 'A request for approval is denied when nobody has answered it after this time.',
  }),
  eventRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_EVENT_RETENTION_DAYS',
    schema: nonNegative.max(99_999).default(0),
    default: '0',
    unit: 'days',
    description:
      'The server deletes sessions that nobody has used for this long, with their events, transcript and workspace; 0 keeps them for ever. An environment can set another time.',
  }),
  auditRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_AUDIT_RETENTION_DAYS',
    schema: nonNegative.max(99_999).default(0),
    default: '0',
    unit: 'days',
    description:
      'The server removes older entries of the audit log; a signed checkpoint takes their place, so that the rest can still be verified. 0 keeps them for ever.',
  }),
  deploymentRunRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_DEPLOYMENT_RUN_RETENTION_DAYS',
    schema: nonNegative.max(99_999).default(90),
    default: '90',
    unit: 'days',
    description:
      'The server forgets older runs of deployments, not their sessions; 0 keeps them. Of one deployment it keeps the newest 10,000 at most.',
  }),
  usageRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_USAGE_RETENTION_DAYS',
    schema: nonNegative
      .max(99_999)
      .refine((days) => days === 0 || days >= MIN_USAGE_DAYS, `takes 0 or at least ${MIN_USAGE_DAYS}`)
      .default(0),
    default: '0',
    unit: 'days',
    description:
      'The server forgets older model calls, so that usage pages show no more of them; 0 keeps them. At least 32, so that the running month stays whole. Budgets count by day in rows of their own, which stay.',
  }),
  webhookRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_WEBHOOK_RETENTION_DAYS',
    schema: positive.max(99_999).default(7),
    default: '7',
    unit: 'days',
    description:
      'The server forgets messages for the webhook that it has not confirmed after this time, also while none is configured. Most expire sooner.',
  }),
  auditTrustedKeys: variable({
    name: 'CLAUDE_SDK_PATTERN_AUDIT_TRUSTED_KEYS',
    schema: z.string().default(''),
    description:
      'Public keys of earlier secrets keys, as `csp audit verify` prints them, separated by commas. After a change of the secrets key, retention removes entries only up to checkpoints of these keys and its own.',
  }),
  webhookUrl: variable({
    name: 'CLAUDE_SDK_PATTERN_WEBHOOK_URL',
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description:
      'URL that is told of every tool call that waits for approval, by a signed POST. It may be inside of your network.',
  }),
  smtpUrl: variable({
    name: 'CLAUDE_SDK_PATTERN_SMTP_URL',
    schema: z.url({ protocol: /^smtps?$/, error: 'takes smtp://USER@HOST:587 or smtps://USER@HOST:465' }).optional(),
    description:
      'Mail server for mails to operators: smtp:// (STARTTLS, which is demanded where it signs in) or smtps://. Its password stands in it, percent-encoded, or in CLAUDE_SDK_PATTERN_SMTP_PASSWORD_FILE.',
  }),
  smtpPasswordFile: variable({
    name: 'CLAUDE_SDK_PATTERN_SMTP_PASSWORD_FILE',
    schema: z
      .string()
      .refine((path) => isAbsolute(path), 'takes an absolute path')
      .optional(),
    description: 'File with the password for the mail server; it is read at the start.',
  }),
  mailFrom: variable({
    name: 'CLAUDE_SDK_PATTERN_MAIL_FROM',
    schema: z.email().optional(),
    description: 'Sender of mails.',
  }),
  alertEmails: variable({
    name: 'CLAUDE_SDK_PATTERN_ALERT_EMAILS',
    schema: emails.default([]),
    description:
      'Addresses, separated by commas, that are told of budgets that are nearly or wholly used up, and of upstreams that are given up.',
  }),
  webhookSecret: variable({
    name: 'CLAUDE_SDK_PATTERN_WEBHOOK_SECRET',
    schema: webhookSecrets.default([]),
    description:
      'Signs what is sent to the webhook, as Standard Webhooks do: whsec_ and 24 to 64 bytes in base64. To change it, give the new and the old one, with a space between.',
  }),
  pushOrigins: variable({
    name: 'CLAUDE_SDK_PATTERN_PUSH_ORIGINS',
    schema: origins.default([]),
    description:
      'Origins of push services inside of your network, separated by commas. Other push messages go to https on public addresses only.',
  }),
  turnStallTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_TURN_STALL_TIMEOUT_SECONDS',
    schema: positive.default(300),
    default: '300',
    unit: 'seconds',
    description: 'A running turn without any activity of its process is interrupted after this time.',
  }),
  modelMaxRetries: variable({
    name: 'CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES',
    schema: nonNegative.max(15).default(5),
    default: '5',
    unit: 'retries',
    description:
      'How often a model call is tried again after a failure that may pass, with delays that double from about half a second; then the turn fails. 5 retries take about 20 seconds. When the model asks for a longer wait, up to ten minutes, the server waits that long.',
  }),
  modelRetryPercent: variable({
    name: 'CLAUDE_SDK_PATTERN_MODEL_RETRY_PERCENT',
    schema: nonNegative.max(100).default(10),
    default: '10',
    unit: 'percent',
    description:
      'How many of 100 model calls of an upstream may be made again, besides two a second. Retries beyond that wait for their turn up to a minute, or are not made, so that they do not keep down an upstream that struggles.',
  }),
  modelStallTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_MODEL_STALL_TIMEOUT_SECONDS',
    schema: positive.max(3600).default(180),
    default: '180',
    unit: 'seconds',
    description:
      'Longest silence of the model before a streamed answer begins, and in the middle of any answer; then it counts as broken off. In the middle the Messages API sends pings.',
  }),
  breakerFailures: variable({
    name: 'CLAUDE_SDK_PATTERN_BREAKER_FAILURES',
    schema: nonNegative.max(1000).default(5),
    default: '5',
    unit: 'failures',
    description:
      'So many model calls have to fail within CLAUDE_SDK_PATTERN_BREAKER_WINDOW_SECONDS, and about half of all calls meanwhile, before the server gives the upstream up for a while: new turns are refused at once, running ones wait. 0 for never.',
  }),
  breakerWindowSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_BREAKER_WINDOW_SECONDS',
    schema: positive.max(3600).default(60),
    default: '60',
    unit: 'seconds',
    description: 'Time within which CLAUDE_SDK_PATTERN_BREAKER_FAILURES count.',
  }),
  breakerOpenSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_BREAKER_OPEN_SECONDS',
    schema: positive.max(3600).default(15),
    default: '15',
    unit: 'seconds',
    description:
      'How long an upstream that was given up gets no call. Then the next call tries whether it works again; if it does not, it is given up for as long again.',
  }),
  maxFileMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILE_MB',
    schema: positive.default(32),
    default: '32',
    unit: 'MB',
    description: 'Largest uploaded file.',
  }),
  pricesFile: variable({
    name: 'CLAUDE_SDK_PATTERN_PRICES_FILE',
    schema: z
      .string()
      .refine((path) => isAbsolute(path), 'takes an absolute path')
      .optional(),
    description:
      'Absolute path of a YAML or JSON file with prices of models, which count in place of the list prices. It is read at the start.',
  }),
  timeZone: variable({
    name: 'CLAUDE_SDK_PATTERN_TIME_ZONE',
    schema: z.string().refine(isTimeZone, 'takes the name of a time zone, such as Europe/Berlin').default('UTC'),
    default: 'UTC',
    description: 'Time zone of the days and months of costs.',
  }),
  maxFilesPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILES_PER_USER',
    schema: positive.default(10_000),
    default: '10000',
    unit: 'files',
    description: 'Most uploaded files of one user, and as many versions of skills.',
  }),
  maxFilesMbPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILES_MB_PER_USER',
    schema: positive.default(10_240),
    default: '10240',
    unit: 'MB',
    description: 'Most space for all uploaded files of one user, and as much for skills.',
  }),
  maxPluginMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_PLUGIN_MB',
    schema: positive.default(512),
    default: '512',
    unit: 'MB',
    description:
      'Most disk space for one version of a plugin, with what it depends on, and largest uploaded archive of one.',
  }),
  pluginDirs: variable({
    name: 'CLAUDE_SDK_PATTERN_PLUGIN_DIRS',
    schema: absolutePaths.default([]),
    description:
      'Absolute paths, separated by colons, of folders whose folders are shown as plugins that can be taken in, in addition to plugins.d in the data directory.',
  }),
  launcher: variable({
    name: 'CLAUDE_SDK_PATTERN_LAUNCHER',
    schema: z.enum(['auto', 'local', 'bubblewrap']).default('auto'),
    default: 'auto',
    description:
      'How agent processes are started: local, bubblewrap, or auto, which uses bubblewrap where it confines.',
  }),
  agentNetwork: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_NETWORK',
    schema: z.enum(['unrestricted', 'limited']).default('unrestricted'),
    default: 'unrestricted',
    description:
      'What agent processes can reach: unrestricted, or limited: the model and nothing else. limited needs bubblewrap.',
  }),
  agentUid: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_UID',
    schema: positive.max(4_294_967_294).default(64_646),
    default: '64646',
    description:
      'User and group id of agent processes in bubblewrap when the server runs as root. No other program should use it.',
  }),
  sandboxReadablePaths: variable({
    name: 'CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS',
    schema: z.string().default(''),
    description:
      'Absolute paths, separated by colons, that agents may read in bubblewrap in addition to /usr, /opt and /etc, such as more tools.',
  }),
  maxSessionProcesses: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_PROCESSES',
    schema: z.coerce.number().int().min(128).default(1024),
    default: '1024',
    unit: 'processes',
    description: 'Most processes and threads of one session in bubblewrap, about 40 of the agent itself included.',
  }),
  maxSessionDiskMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_DISK_MB',
    schema: nonNegative.default(10_240),
    default: '10240',
    unit: 'MB',
    description:
      'Most disk space for the workspace, home and temporary files of a session. A session that uses more is stopped and says so. 0: no limit.',
  }),
  maxSessionEntries: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_ENTRIES',
    schema: nonNegative.default(1_000_000),
    default: '1000000',
    unit: 'files and folders',
    description:
      'Most files and folders that a session may have on disk, however small: a disk can be full of empty ones. A session with more is stopped and says so. 0: no limit.',
  }),
  maxUserDiskMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_USER_DISK_MB',
    schema: nonNegative.default(102_400),
    default: '102400',
    unit: 'MB',
    description:
      'Most disk space for the workspaces, homes, temporary files and recorded states of all sessions of one user. Above it, sessions of theirs that grow are stopped and say so, and nothing can be written by hand or forked. Folders of the machine that a session works in directly do not count. 0: no limit.',
  }),
  maxUserEntries: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_USER_ENTRIES',
    schema: nonNegative.default(5_000_000),
    default: '5000000',
    unit: 'files and folders',
    description: 'Most files and folders of all sessions of one user. 0: no limit.',
  }),
  workspaceHistoryMb: variable({
    name: 'CLAUDE_SDK_PATTERN_WORKSPACE_HISTORY_MB',
    schema: nonNegative.default(1024),
    default: '1024',
    unit: 'MB',
    description:
      'Most disk space for the recorded states of one workspace, by which people see what changed and take it back. The oldest are forgotten first. Counts to the disk space of the session. 0: nothing is recorded.',
  }),
  workspaceHistoryFileMb: variable({
    name: 'CLAUDE_SDK_PATTERN_WORKSPACE_HISTORY_FILE_MB',
    schema: positive.default(10),
    default: '10',
    unit: 'MB',
    description: 'A larger file of a workspace is not recorded.',
  }),
  workspaceHistoryFiles: variable({
    name: 'CLAUDE_SDK_PATTERN_WORKSPACE_HISTORY_FILES',
    schema: positive.default(100_000),
    default: '100000',
    unit: 'files',
    description: 'Most files of a workspace that are recorded, without those that git ignores.',
  }),
  defaultModel: variable({
    name: 'CLAUDE_SDK_PATTERN_DEFAULT_MODEL',
    schema: z.string().min(1).optional(),
    description: "Model of sessions that name none. Without it, Claude Code's default.",
  }),
  agentPath: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_PATH',
    schema: z.string().min(1).default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
    default: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    description: "PATH of agent processes. They get nothing else of the server's environment.",
  }),
  models: variable({
    name: 'CLAUDE_SDK_PATTERN_MODELS',
    schema: z.string().default('opus,sonnet,haiku'),
    default: 'opus,sonnet,haiku',
    description: 'Models offered in the UI, separated by commas.',
  }),
  shutdownGraceSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS',
    schema: nonNegative.default(10),
    default: '10',
    unit: 'seconds',
    description: 'How long running turns may continue after SIGTERM before they are interrupted.',
  }),
  logLevel: variable({
    name: 'CLAUDE_SDK_PATTERN_LOG_LEVEL',
    schema: z.enum(LOG_LEVELS).default('info'),
    default: 'info',
    description: 'Lowest level that is logged. Logs are JSON lines on standard error.',
  }),
  otlpEndpoint: variable({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    schema: httpUrl.optional(),
    description:
      'Collector of OpenTelemetry that takes OTLP over HTTP, such as http://127.0.0.1:4318. With it the server makes traces.',
  }),
  otlpTracesEndpoint: variable({
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    schema: httpUrl.optional(),
    description: 'The same for traces alone, with its whole path, such as http://127.0.0.1:4318/v1/traces.',
  }),
  otlpProtocol: variable({
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    schema: z.literal('http/protobuf').default('http/protobuf'),
    default: 'http/protobuf',
    description: 'Protocol of the collector: http/protobuf, and no other.',
  }),
  otlpHeaders: variable({
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    schema: keyValueList.default({}),
    description: 'Headers for the collector, such as authorization=Bearer%20KEY, separated by commas.',
  }),
  otlpTracesHeaders: variable({
    name: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    schema: keyValueList.default({}),
    description: 'Further headers for traces.',
  }),
  otelServiceName: variable({
    name: 'OTEL_SERVICE_NAME',
    schema: z.string().min(1).default('csp'),
    default: 'csp',
    description: 'Name of the server in traces.',
  }),
  otelResourceAttributes: variable({
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    schema: keyValueList.default({}),
    description: 'What every span says of the server, such as deployment.environment.name=production.',
  }),
  otelTracesSampler: variable({
    name: 'OTEL_TRACES_SAMPLER',
    schema: z.enum(SAMPLERS).default('parentbased_traceidratio'),
    default: 'parentbased_traceidratio',
    description: `Which traces are kept: ${SAMPLERS.join(', ')}. The parentbased ones follow a client that has decided.`,
  }),
  otelTracesSamplerArg: variable({
    name: 'OTEL_TRACES_SAMPLER_ARG',
    schema: z.coerce.number().min(0).max(1).default(0.1),
    default: '0.1',
    description: 'Share of the traces that traceidratio keeps, from 0 to 1.',
  }),
  traceClientRate: variable({
    name: 'CLAUDE_SDK_PATTERN_TRACE_CLIENT_RATE',
    schema: z.coerce.number().int().min(0).default(10),
    default: '10',
    unit: 'traces/s',
    description:
      'Most traces in a second that are kept because a client asks for it with traceparent. Of further ones the share of OTEL_TRACES_SAMPLER_ARG is kept.',
  }),
  otelSdkDisabled: variable({
    name: 'OTEL_SDK_DISABLED',
    schema: z
      .string()
      .default('false')
      .transform((text) => text.toLowerCase() === 'true'),
    default: 'false',
    description: 'true switches traces off.',
  }),
  traceContents: variable({
    name: 'CLAUDE_SDK_PATTERN_TRACE_CONTENTS',
    schema: z.enum(['off', 'on']).default('off'),
    default: 'off',
    description:
      'on: spans also have what people write, what agents answer, and inputs and results of tools. Whoever reads traces can then read sessions.',
  }),
  agentTelemetry: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_TELEMETRY',
    schema: z.enum(['off', 'on']).default('on'),
    default: 'on',
    description:
      'off: with traces, agent processes do not report what they do themselves. Without traces they never do.',
  }),
} as const;

export interface ConfigVariableDoc {
  name: string;
  default?: string;
  unit?: string;
  description: string;
}

/** The variables as documentation: in the order of the schema. */
export function listConfigVariables(): ConfigVariableDoc[] {
  return Object.values(CONFIG_VARIABLES as Record<string, Variable<z.ZodType>>).map(({ schema: _, ...doc }) => doc);
}
