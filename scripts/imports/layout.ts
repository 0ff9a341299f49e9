/**
 * The folders of `apps/server/src` in order: each imports only from itself and from folders before it. Files that stand
 * in `apps/server/src` itself (platform.ts, main.ts, …) come after all of them.
 */
const SERVER_FOLDERS = [
  'lib',
  'config',
  'data-dir',
  'agent-files',
  'telemetry',
  'store',
  'identity',
  'access',
  'audit',
  'secrets',
  'webhooks',
  'mail',
  'push',
  'definitions',
  'mcp-oauth',
  'vaults',
  'files',
  'local-folders',
  'workspaces',
  'journal',
  'search',
  'usage',
  'budgets',
  'stops',
  'hooks',
  'plugins',
  'mcp-sign-ins',
  'permissions',
  'model-gateway',
  'hosts',
  'agent-process',
  'endpoints',
  'terminals',
  'processes',
  'turns',
  'sessions',
  'triggers',
  'overview',
  'gateway',
  'backup',
  'doctor',
] as const;

/**
 * The folders of `apps/web/src` in order, in the same way; `main.tsx` comes after all of them. A feature may import
 * from the features before it: `tools` renders the calls that approvals and the panel show, `sessions` contains a
 * composer, and `transcript` is the page that combines the others. `fixtures` is for tests and for the gallery that
 * `main.tsx` opens.
 */
const WEB_FOLDERS = [
  'messages',
  'ui',
  'markdown',
  'api',
  'session',
  'services',
  'features/sign-in',
  'features/attachments',
  'features/tools',
  'features/status',
  'features/reload',
  'features/trust',
  'features/servers',
  'features/approvals',
  'features/terminal',
  'features/background',
  'features/panel',
  'features/composer',
  'features/sharing',
  'features/sessions',
  'features/options',
  'features/palette',
  'features/schedules',
  'features/usage',
  'features/operate',
  'features/console',
  'features/disk',
  'features/secrets',
  'features/connections',
  'features/plugins',
  'features/settings',
  'features/transcript',
  'app',
] as const;

/** Source trees whose folders have an order. The files in `root` itself compose the folders. */
export const ORDERED_TREES: readonly { root: string; folders: readonly string[] }[] = [
  { root: 'apps/server/src/', folders: SERVER_FOLDERS },
  { root: 'apps/web/src/', folders: WEB_FOLDERS },
];

/**
 * The folder that only tests may import, and in the web app the files that compose the tree. In `apps/server/src` every
 * folder has its own `fixtures` folder with its harnesses.
 */
export const TEST_FOLDER = 'fixtures';

/** An import that closes a circle of files, and the reason why it is allowed. */
export interface ExplainedArrow {
  from: string;
  to: string;
  why: string;
}

/** The only circular imports that are allowed. Each entry names the import that closes the circle. */
export const EXPLAINED_CIRCLES: readonly ExplainedArrow[] = [];

export const SCOPE = '@claude-sdk-pattern/';

/**
 * Which of the repository's packages each workspace may import in its product code. A workspace that is not listed may
 * import none.
 */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/client': ['protocol'],
  'packages/plugin-api': ['protocol'],
  'packages/scripted-model': ['protocol'],
  'packages/testkit': ['protocol', 'client', 'plugin-api', 'scripted-model', 'server'],
  'apps/server': ['protocol', 'plugin-api', 'scripted-model'],
  'apps/web': ['protocol', 'client'],
  'apps/cli': ['protocol', 'client', 'server'],
};

/** Workspaces whose product code runs in a browser and must not import Node modules. */
export const BROWSER_SAFE = ['packages/protocol', 'packages/client', 'apps/web'] as const;

/** Modules whose values the web app must not load, because they hold schemas for zod. Types are free. */
export const BRINGS_SCHEMAS = ['@claude-sdk-pattern/protocol', '@claude-sdk-pattern/protocol/v1'];

export const AGENT_SDK = '@anthropic-ai/claude-agent-sdk';
export const AGENT_SDK_HOME = 'apps/server/src/agent-process/';

/** Where the environment may be read in product code. */
export const ENVIRONMENT_READERS = [
  'apps/server/src/config/',
  'apps/server/src/data-dir/temp-dir.ts',
  'apps/cli/src/main.ts',
  'packages/plugin-api/src/runner/main.ts',
  'packages/testkit/',
  // Hands its own on to the program that it runs.
  'apps/server/src/hosts/terminal/run-terminal.ts',
] as const;

/**
 * The files in `apps/server/src` that may use the file system directly. Files that agents can write are read only in
 * `agent-files`; the others use the server's own files, create and delete folders, or read /proc.
 */
export const FILE_SYSTEM_USERS = [
  'agent-files/',
  'agent-process/remove-leftovers.ts',
  'agent-process/resumed-transcript.ts',
  'backup/',
  'config/',
  'data-dir/',
  'doctor/',
  'endpoints/endpoint-process.ts',
  'files/',
  'gateway/openapi/open-api-routes.ts',
  'gateway/platform/web-app-routes.ts',
  'hosts/',
  'lib/listen-on-socket.ts',
  'lib/process-limits.ts',
  'lib/remove-tree.ts',
  'lib/sync-dir.ts',
  'local-folders/real-folder.ts',
  'mail/open-mailer.ts',

  'plugins/',
  'store/',
  'usage/load-prices.ts',
  'usage/usage-spool.ts',
  'workspaces/brought/tell-instructions.ts',
  'workspaces/folders/',
  'workspaces/history/history-git.ts',
  'workspaces/history/read-status.ts',
  'workspaces/real-path.ts',
  'workspaces/repositories/',
  'workspaces/session-dirs.ts',
  'workspaces/unclaimed-dirs.ts',
] as const;
