import { isIP } from 'node:net';

import { z } from 'zod';

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

/** Names that stand for ranges, as `@fastify/proxy-addr` knows them. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];
const proxies = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  )
  .refine((all) => all.every(isProxy), 'takes addresses and ranges, such as 127.0.0.1, 10.0.0.0/8 or loopback');

function isProxy(text: string): boolean {
  if (PROXY_NAMES.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const positive = z.coerce.number().int().positive();
const nonNegative = z.coerce.number().int().min(0);

/** Every configuration variable, by its key in `Config`. Documentation and `csp --help` are made from this. */
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
      'Upstream Messages API; https://api.anthropic.com when only a key is set. Without both, the demo model serves.',
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
    description: 'Port to listen on; 0 takes a free one.',
  }),
  publicUrl: variable({
    name: 'CLAUDE_SDK_PATTERN_PUBLIC_URL',
    schema: z.url().optional(),
    description:
      'Address that browsers use when a proxy stands in front; its origin is accepted, https makes cookies secure.',
  }),
  trustedProxies: variable({
    name: 'CLAUDE_SDK_PATTERN_TRUSTED_PROXIES',
    schema: proxies.default([]),
    description:
      'Addresses and ranges of the proxies in front, separated by commas, such as 127.0.0.1, 10.0.0.0/8 or loopback. What only they say in X-Forwarded-For counts as the address of a client, for limits and for the list of sign-ins.',
  }),
  dataDir: variable({
    name: 'CLAUDE_SDK_PATTERN_DATA_DIR',
    schema: z.string().min(1).default('./data'),
    default: './data',
    description: 'Database, workspaces, agent configuration and secrets.',
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
  secretsKey: variable({
    name: 'CLAUDE_SDK_PATTERN_SECRETS_KEY',
    schema: z.string().min(32, 'needs at least 32 characters').optional(),
    default: 'generated into the data directory',
    description: 'Key for secrets at rest and for signing cookies.',
  }),
  maxSessions: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSIONS',
    schema: positive.default(10),
    default: '10',
    unit: 'processes',
    description: 'Live agent processes at most. The longest-idle session hibernates to make room.',
  }),
  minFreeMemoryMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MIN_FREE_MEMORY_MB',
    schema: nonNegative.default(512),
    default: '512',
    unit: 'MB',
    description:
      'While the machine has less memory to give, no further agent process starts: idle sessions hibernate, then new work waits.',
  }),
  queueTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_QUEUE_TIMEOUT_SECONDS',
    schema: positive.default(600),
    default: '600',
    unit: 'seconds',
    description: 'How long a turn waits for an agent process when all are at work; then it ends as overloaded.',
  }),
  maxQueuedPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_QUEUED_PER_USER',
    schema: positive.default(20),
    default: '20',
    unit: 'sessions',
    description: 'How many sessions of one user may wait for an agent process; messages to further ones are refused.',
  }),
  maxStoredSessionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_STORED_SESSIONS_PER_USER',
    schema: positive.default(10_000),
    default: '10000',
    unit: 'sessions',
    description: 'Sessions that one user may have, archived ones included.',
  }),
  maxRunningSessionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_RUNNING_SESSIONS_PER_USER',
    schema: positive.optional(),
    default: 'as many as get a process or may wait for one',
    unit: 'sessions',
    description: 'Sessions of one user that may be at work at the same time, also those that wait for a process.',
  }),
  maxQueuedMessagesPerSession: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_QUEUED_MESSAGES_PER_SESSION',
    schema: positive.default(1000),
    default: '1000',
    unit: 'messages',
    description: 'Messages of one session that may wait for the turn that runs; further ones are refused.',
  }),
  maxConnectionsPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_CONNECTIONS_PER_USER',
    schema: positive.default(1000),
    default: '1000',
    unit: 'connections',
    description: 'WebSockets and event streams of one user on one server at the same time.',
  }),
  prewarmPoolSize: variable({
    name: 'CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE',
    schema: nonNegative.default(2),
    default: '2',
    unit: 'processes',
    description:
      'Least number of started processes kept ready for new sessions; more are kept when demand asks for it. 0 switches the pool off.',
  }),
  maxSessionRssMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_RSS_MB',
    schema: positive.default(2048),
    default: '2048',
    unit: 'MB',
    description:
      'A process with its children that holds more memory is restarted when its turn has ended, over 1.5 times of it at once.',
  }),
  maxSessionDurationSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_DURATION_SECONDS',
    schema: positive.default(14_400),
    default: '14400',
    unit: 'seconds',
    description:
      'A process that has lived for longer hibernates when its turn has ended; five minutes before, the session says so.',
  }),
  sessionIdleTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_SESSION_IDLE_TIMEOUT_SECONDS',
    schema: positive.default(1800),
    default: '1800',
    unit: 'seconds',
    description: 'An idle session hibernates after this time.',
  }),
  eventRetentionDays: variable({
    name: 'CLAUDE_SDK_PATTERN_EVENT_RETENTION_DAYS',
    schema: nonNegative.max(99_999).default(0),
    default: '0',
    unit: 'days',
    description:
      'Sessions that nobody has used for so long are deleted with their events, transcript and workspace; 0 keeps them for ever. An environment may say otherwise.',
  }),
  turnStallTimeoutSeconds: variable({
    name: 'CLAUDE_SDK_PATTERN_TURN_STALL_TIMEOUT_SECONDS',
    schema: positive.default(300),
    default: '300',
    unit: 'seconds',
    description: 'A running turn without a sign of life is interrupted after this time.',
  }),
  modelMaxRetries: variable({
    name: 'CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES',
    schema: nonNegative.max(15).default(5),
    default: '5',
    unit: 'retries',
    description:
      'A model call that fails for a reason that may pass is made so many times again, after delays that double from about half a second; then the turn is given up. 5 take about 20 seconds. Where the model asks for a wait of up to ten minutes, it gets it.',
  }),
  maxFileMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILE_MB',
    schema: positive.default(32),
    default: '32',
    unit: 'MB',
    description: 'A file that is uploaded may be so large.',
  }),
  maxFilesPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILES_PER_USER',
    schema: positive.default(10_000),
    default: '10000',
    unit: 'files',
    description: 'Uploaded files that one user may have.',
  }),
  maxFilesMbPerUser: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_FILES_MB_PER_USER',
    schema: positive.default(10_240),
    default: '10240',
    unit: 'MB',
    description: 'All uploaded files of one user together may be so large.',
  }),
  launcher: variable({
    name: 'CLAUDE_SDK_PATTERN_LAUNCHER',
    schema: z.enum(['auto', 'local', 'bubblewrap']).default('auto'),
    default: 'auto',
    description: 'How agent processes are started: local, bubblewrap, or auto, which takes bubblewrap where it works.',
  }),
  agentNetwork: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_NETWORK',
    schema: z.enum(['unrestricted', 'limited']).default('unrestricted'),
    default: 'unrestricted',
    description:
      'What agent processes can reach: unrestricted, or limited, which is the model and nothing else and needs bubblewrap.',
  }),
  agentUid: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_UID',
    schema: positive.max(4_294_967_294).default(64_646),
    default: '64646',
    description:
      'User and group id of agent processes in bubblewrap when the server itself runs as root; no other program should have it.',
  }),
  sandboxReadablePaths: variable({
    name: 'CLAUDE_SDK_PATTERN_SANDBOX_READABLE_PATHS',
    schema: z.string().default(''),
    description:
      'Absolute paths, separated by colons, that agents may read in bubblewrap beside /usr, /opt and /etc, such as further tools.',
  }),
  maxSessionProcesses: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_PROCESSES',
    schema: z.coerce.number().int().min(128).default(1024),
    default: '1024',
    unit: 'processes',
    description:
      'Processes and threads that one session may have in bubblewrap, the agent itself (about 40) among them.',
  }),
  maxSessionDiskMb: variable({
    name: 'CLAUDE_SDK_PATTERN_MAX_SESSION_DISK_MB',
    schema: nonNegative.default(10_240),
    default: '10240',
    unit: 'MB',
    description:
      'What workspace, home and temporary files of a session may take on disk. A session that takes more is stopped and says so; 0 is no bound.',
  }),
  defaultModel: variable({
    name: 'CLAUDE_SDK_PATTERN_DEFAULT_MODEL',
    schema: z.string().min(1).optional(),
    description: "Model of sessions that name none; Claude Code's own default otherwise.",
  }),
  agentPath: variable({
    name: 'CLAUDE_SDK_PATTERN_AGENT_PATH',
    schema: z.string().min(1).default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
    default: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    description: 'PATH of agent processes. They get nothing else of the environment of the server.',
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
    description: 'How long running turns may go on after SIGTERM before they are interrupted.',
  }),
  logLevel: variable({
    name: 'CLAUDE_SDK_PATTERN_LOG_LEVEL',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    default: 'info',
    description: 'Least level that is logged. Logs are JSON lines on standard error.',
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
