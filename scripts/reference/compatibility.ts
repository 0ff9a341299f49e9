/** How this server answers a method of the official SDK. */
export interface Compatibility {
  state: 'works' | 'differs' | 'not yet';
  /** How it differs, or what to do instead. */
  note?: string;
}

const works: Compatibility = { state: 'works' };
const differs = (note: string): Compatibility => ({ state: 'differs', note });
const notYet = (note?: string): Compatibility => ({ state: 'not yet', ...(note !== undefined && { note }) });

const AGENT_FIELDS =
  'no `multiagent`, `skills`, custom tools, settings of single tools beyond `enabled` and `permission_policy`, `speed: fast`, `inference_geo`, AWS roles. `auto` asks as the permission mode of the session says. Ours: `scope`, `interactive_tools`';
const ENVIRONMENT_FIELDS =
  'only `cloud`, which is this server; no `packages`; `limited` reaches the model and nothing else. Without `scope` it is for its owner alone; `organization`, for everybody, takes an operator';

/** What is said of each method; one that is not named here is found by its first word. */
export const METHODS: Record<string, Compatibility> = {
  'agents.create': differs(AGENT_FIELDS),
  'agents.update': differs(
    'as `agents.create`; only the owner and administrators may, and only operators what everybody sees',
  ),
  'agents.retrieve': works,
  'agents.list': works,
  'agents.archive': differs('not the default agent'),
  'agents.versions.list': works,
  'environments.create': differs(ENVIRONMENT_FIELDS),
  'environments.update': differs('as `environments.create`; only the owner and administrators may'),
  'environments.retrieve': works,
  'environments.list': works,
  'environments.delete': differs('not the default environment, and none that a session uses'),
  'environments.archive': differs('not the default environment'),
  'files.upload': differs(
    'up to `CLAUDE_SDK_PATTERN_MAX_FILE_MB`; the type is found in the bytes; what you upload you may download',
  ),
  'files.list': works,
  'files.retrieveMetadata': works,
  'files.download': works,
  'files.delete': works,
  'sessions.create': differs(
    '`agent` and `environment_id` may be left out; no `budget`, `resources`, `vault_ids`; `initial_events` are messages only',
  ),
  'sessions.retrieve': works,
  'sessions.update': differs('no `budget`, `vault_ids`. Ours: `model`, `permission_mode`, `pinned`'),
  'sessions.list': differs('no `deployment_id`, `memory_store_id`. Ours: `sort_by`, `search`'),
  'sessions.delete': works,
  'sessions.archive': works,
  'sessions.events.list': differs(
    'times are those of storing. Ours: `seq` in each event, `after_seq`, `before_seq`, `extensions`',
  ),
  'sessions.events.send': differs(
    'messages, interrupts of everything, and tool confirmations. Ours: `scope`, `answers`',
  ),
  'sessions.events.stream': differs(
    'goes on after `Last-Event-ID`; ends with `session.deleted`. Ours: `after`, `extensions`',
  ),
  'sessions.events.toolRunner': notYet('there are no custom tools'),
  'sessions.threads.archive': notYet('a subagent is archived with its session'),
  'sessions.threads.list': differs('the primary thread first, then subagents; `usage` is null'),
  'sessions.threads.retrieve': differs('as `sessions.threads.list`'),
  'sessions.threads.events.list': differs('Ours: the parameters of `sessions.events.list`'),
  'sessions.threads.events.stream': works,
};

/** Resources that are not there, by their first word or words. */
const GROUPS: Record<string, Compatibility> = {
  'environments.work': notYet('for self-hosted environments'),
  'sessions.resources': notYet('put files into a message instead'),
  compliance: notYet(),
  deploymentRuns: notYet(),
  deployments: notYet(),
  dreams: notYet(),
  memoryStores: notYet(),
  messages: notYet('agents reach the model through this server; clients do not'),
  models: notYet('`GET /api/v1/bootstrap` names the models on offer'),
  organization: notYet(),
  skills: notYet(),
  tunnels: notYet(),
  userProfiles: notYet(),
  vaults: notYet(),
  webhooks: notYet('this server calls nobody'),
};

/** @throws Error for a method of which nothing is said. */
export function findCompatibility(method: string): Compatibility {
  const group = Object.entries(GROUPS).find(([name]) => method.startsWith(`${name}.`))?.[1];
  const found = METHODS[method] ?? group;
  if (found === undefined) throw new Error(`Nothing says how this server answers client.beta.${method}`);
  return found;
}

const INTRODUCTION = `# Compatibility with the Managed Agents API

\`new Anthropic({ baseURL, apiKey })\` of \`@anthropic-ai/sdk\` VERSION works unchanged against this server. Below is every method of its
\`client.beta\`. What a client asks for and this server does not have, be it a field or a parameter, is a 400 that names it in
\`error.details.field\`, or a 404; it is never ignored in silence. A test has the compiler hold every answer against the SDK's types.
Pages go forwards; those of sessions backwards too. \`betas\` and \`workspace_id\` change nothing.

\`anthropic-version\` is \`2023-06-01\`, \`2026-10-21\` or left out; another one is a 400. \`anthropic-beta\` may name anything: what is here
needs no beta header.

This page is written by \`npm run reference\` from [compatibility.ts](../../scripts/reference/compatibility.ts) and the installed SDK;
a test holds them equal.
`;

/** Renders docs/reference/managed-agents-compatibility.md. */
export function renderCompatibility(methods: readonly string[], version: string): string {
  const rows = methods.map((method) => {
    const { state, note = '' } = findCompatibility(method);
    return `| \`${method}\` | ${state} | ${note} |`;
  });
  return `${INTRODUCTION.replace('VERSION', version)}\n| method | | how |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
