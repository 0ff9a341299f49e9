import type { BetaManagedAgentsSessionEvent } from '@anthropic-ai/sdk/resources/beta/sessions/events';

type EventType = BetaManagedAgentsSessionEvent['type'];

/** How this server answers a method of the official SDK. */
export interface Compatibility {
  state: 'works' | 'differs' | 'not yet';
  /** The difference from the official API, or the alternative. */
  note?: string;
}

const works: Compatibility = { state: 'works' };
const differs = (note: string): Compatibility => ({ state: 'differs', note });
const notYet = (note?: string): Compatibility => ({ state: 'not yet', ...(note !== undefined && { note }) });

const AGENT_FIELDS =
  'no `multiagent`, settings of single tools beyond `enabled` and `permission_policy`, `speed: fast`, `inference_geo`, AWS roles. `skills` of the type `anthropic` are those that active plugins bring, by their name. `auto` asks as the permission mode of the session says. Ours: `scope`, `interactive_tools`';
const ENVIRONMENT_FIELDS =
  'only `cloud`, which is this server; no `packages`; `limited` reaches the model and nothing else. Without `scope` it is for its owner alone; `organization`, for everybody, takes an operator';

/** The answer for each method. A method that is not listed uses the entry of its first word. */
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
  'skills.create': differs('as the API also a single .zip; a `name` may have the words that are reserved there'),
  'skills.list': differs('your own; `source` `anthropic` has none'),
  'skills.retrieve': works,
  'skills.delete': works,
  'skills.versions.create': works,
  'skills.versions.list': works,
  'skills.versions.retrieve': works,
  'skills.versions.download': works,
  'skills.versions.delete': works,
  'sessions.create': differs(
    '`agent` and `environment_id` may be left out; `budget` counts at the prices of the operator; `resources` are repositories and files, not memory stores, and ours: `git_repository` and `local_folder`; `vault_ids` are your own; `initial_events` are messages only',
  ),
  'deployments.create': differs(
    'a deployment is its owner’s, and runs with their rights of that moment. `agent` as in `sessions.create`, without overrides; `environment_id` may be left out; `resources` as in `sessions.create`; `initial_events` are messages only; no jitter. What was missed while no server ran is caught up by one run. Ours: `has_webhook`',
  ),
  'deployments.update': differs('as `deployments.create`'),
  'deployments.retrieve': works,
  'deployments.list': works,
  'deployments.archive': works,
  'deployments.pause': works,
  'deployments.unpause': differs('what was due while it was paused is not caught up'),
  'deployments.run': differs('Ours: an `idempotency-key` that came before answers with the same run'),
  'deploymentRuns.list': differs(
    'runs are kept for `CLAUDE_SDK_PATTERN_DEPLOYMENT_RUN_RETENTION_DAYS`. Ours: `trigger_context.webhook`, of a run by a webhook',
  ),
  'deploymentRuns.retrieve': differs('as `deploymentRuns.list`'),
  'vaults.create': differs('a vault is its owner’s, and nobody else can name it'),
  'vaults.retrieve': works,
  'vaults.update': works,
  'vaults.list': works,
  'vaults.archive': works,
  'vaults.delete': works,
  'vaults.credentials.create': differs(
    '`static_bearer` and `mcp_oauth`. No `environment_variable`: its placeholder would have to be replaced in requests that the agent encrypts itself',
  ),
  'vaults.credentials.retrieve': works,
  'vaults.credentials.update': differs('as `vaults.credentials.create`'),
  'vaults.credentials.list': works,
  'vaults.credentials.archive': works,
  'vaults.credentials.delete': works,
  'vaults.credentials.mcpOAuthValidate': differs(
    'tries the new token after a refresh; of bodies only errors of OAuth are shown',
  ),
  'webhooks.unwrap': differs(
    'reads what this server sends: `session.requires_action`, `deployment.*` (but `deleted`) and `deployment_run.*`. Ours: more fields in `data`, and `budget.warned`, `budget.reached`',
  ),
  'webhooks.parseUnverified': differs('as `webhooks.unwrap`'),
  'sessions.retrieve': works,
  'sessions.update': differs('no `vault_ids` (nor in the official API). Ours: `model`, `permission_mode`, `pinned`'),
  'sessions.list': differs('no `memory_store_id`. Ours: `sort_by`, `search`'),
  'sessions.delete': works,
  'sessions.archive': works,
  'sessions.events.list': differs(
    'times are those of storing. Ours: `seq` in each event, `after_seq`, `before_seq`, `extensions`',
  ),
  'sessions.events.send': differs(
    'only messages, tool confirmations, results of custom tools, and interrupts without `session_thread_id`, which stop the whole session. Ours: `scope`, `answers`',
  ),
  'sessions.events.stream': differs(
    'goes on after `Last-Event-ID`; ends with `session.deleted`. Ours: `after`, `extensions`',
  ),
  'sessions.events.toolRunner': differs('runs custom tools; what Claude Code has runs on this server'),
  'sessions.resources.add': differs(
    'takes repositories too. Ours: `state`, `problem`, and of a repository `commit` and `branch`',
  ),
  'sessions.resources.list': differs('as `sessions.resources.add`'),
  'sessions.resources.retrieve': differs('as `sessions.resources.add`'),
  'sessions.resources.update': differs('as `sessions.resources.add`'),
  'sessions.resources.delete': differs('its files stay in the workspace'),
  'sessions.threads.archive': notYet('a subagent is archived with its session'),
  'sessions.threads.list': differs('the primary thread first, then subagents; `usage` is null'),
  'sessions.threads.retrieve': differs('as `sessions.threads.list`'),
  'sessions.threads.events.list': differs('Ours: the parameters of `sessions.events.list`'),
  'sessions.threads.events.stream': works,
};

/** Resources that this server does not have, by their first word or words. */
const GROUPS: Record<string, Compatibility> = {
  'environments.work': notYet('for self-hosted environments'),
  compliance: notYet(),
  dreams: notYet(),
  memoryStores: notYet(),
  messages: notYet('agents reach the model through this server; clients do not'),
  models: notYet('`GET /api/v1/bootstrap` names the models on offer'),
  organization: notYet(),
  tunnels: notYet(),
  userProfiles: notYet(),
};

/** @throws Error for a method without an entry. */
export function findCompatibility(method: string): Compatibility {
  const found = METHODS[method] ?? GROUPS[findGroup(method) ?? ''];
  if (found === undefined) throw new Error(`Nothing says how this server answers client.beta.${method}`);
  return found;
}

function findGroup(method: string): string | undefined {
  if (METHODS[method] !== undefined) return undefined;
  return Object.keys(GROUPS).find((name) => method.startsWith(`${name}.`));
}

/** The note on each type of session event. The compiler reports a type that the SDK adds. */
export const EVENTS: Readonly<Record<EventType, Compatibility>> = {
  'user.message': differs('Ours: `actor`, who sent it'),
  'user.interrupt': differs('stops the whole session; not one thread alone. Ours: `actor`'),
  'user.tool_confirmation': differs('Ours: `actor`, `scope`, `answers`'),
  'user.custom_tool_result': differs('no PDFs and no addresses in `content`. Ours: `actor`, `cut_off`'),
  'user.tool_result': notYet('the tools run on this server'),
  'user.define_outcome': notYet(),
  'system.message': notYet(),
  'agent.message': differs('Ours: `cut_off`'),
  'agent.thinking': differs('Ours: `text`, `duration_ms`, `cut_off`'),
  'agent.tool_use': differs('`evaluated_permission`, without `evaluation` beside it'),
  'agent.tool_result': differs('Ours: `structured`, `cut_off`'),
  'agent.mcp_tool_use': differs('as `agent.tool_use`; `name` is `mcp__SERVER__TOOL`'),
  'agent.mcp_tool_result': differs('as `agent.tool_result`'),
  'agent.custom_tool_use': differs('a call that the policy denies is an `agent.tool_use`'),
  'agent.thread_context_compacted': works,
  'agent.thread_message_received': notYet('a subagent gets its task with the call that starts it'),
  'agent.thread_message_sent': notYet('the result of that call is what a subagent reports'),
  'session.status_running': works,
  'session.status_idle': differs('`refusal` with its `stop_details`. Ours: `waits_for` in `requires_action`'),
  'session.status_rescheduled': works,
  'session.status_terminated': notYet('a session ends archived or deleted'),
  'session.error': differs('Ours: `status_code`, `retry_after_ms` in the error, and the type `overloaded_error`'),
  'session.updated': differs('Ours: `model`, `permission_mode`'),
  'session.usage': differs('Ours: `cost_usd`, `cache_creation_input_tokens`'),
  'session.deleted': differs('at the end of a stream only; it is not stored'),
  'session.thread_created': differs('Ours: `tool_use_id`, `description`'),
  'session.thread_status_running': works,
  'session.thread_status_idle': works,
  'session.thread_status_rescheduled': notYet('a subagent that waits is told by its session'),
  'session.thread_status_terminated': notYet('a subagent ends idle'),
  'span.model_request_start': works,
  'span.model_request_end': works,
  'span.outcome_evaluation_start': notYet(),
  'span.outcome_evaluation_ongoing': notYet(),
  'span.outcome_evaluation_end': notYet(),
  'workflow_run.created': notYet('there are no workflows'),
  'workflow_run.status_running': notYet('there are no workflows'),
  'workflow_run.status_idle': notYet('there are no workflows'),
  'workflow_run.status_ended': notYet('there are no workflows'),
  'workflow_run.error': notYet('there are no workflows'),
  'workflow_run.phase_started': notYet('there are no workflows'),
  'workflow_run.phase_ended': notYet('there are no workflows'),
};

const INTRODUCTION = `# Compatibility with the Managed Agents API

\`new Anthropic({ baseURL, apiKey })\` of \`@anthropic-ai/sdk\` VERSION works unchanged against this server, for all that stands under
"Methods" here. What a client asks for and this server does not have, be it a method, a field or a parameter, is a 404, or a 400 that
names it in \`error.details.field\`; it is never ignored in silence. A test has the compiler hold every answer against the SDK's types.

- **Versions**: \`anthropic-version\` is \`2023-06-01\`, \`2026-10-21\` or left out; another one is a 400.
- **Betas**: \`anthropic-beta\` may name anything: what is here needs no beta header. \`betas\` and \`workspace_id\` change nothing.
- **Lists**: pages go forwards; those of sessions backwards too.
- **Ours**: what this server adds is marked so. Of events, types that the API does not have come only with \`extensions=true\`.

This page is written by \`npm run reference\` from [compatibility.ts](../../scripts/reference/compatibility.ts) and the installed SDK;
a test holds them equal, and tries its lines against a running server.
`;

/** Renders docs/reference/managed-agents-compatibility.md. */
export function renderCompatibility(methods: readonly string[], version: string): string {
  const here = methods.filter((method) => findCompatibility(method).state !== 'not yet');
  const events = Object.keys(EVENTS) as EventType[];
  return [
    INTRODUCTION.replace('VERSION', version),
    '## Methods\n',
    renderTable(here, findCompatibility),
    '\n## Session events\n\nWith `not yet` it is never sent, and refused where a client sends it.\n',
    renderTable(events, (event) => EVENTS[event as EventType]),
    '\n## Methods that are not here\n\n| of | methods | |\n| --- | --- | --- |',
    ...renderMissing(methods),
    '',
  ].join('\n');
}

function renderTable(names: readonly string[], find: (name: string) => Compatibility): string {
  const rows = names.map((name) => {
    const { state, note = '' } = find(name);
    return `| \`${name}\` | ${state} | ${note} |`;
  });
  return ['| | | how |', '| --- | --- | --- |', ...rows].join('\n');
}

/** If a group has more methods than this, they are counted and only the resources are named. */
const MAX_NAMED = 20;

function renderMissing(methods: readonly string[]): string[] {
  const missing = methods.filter((method) => findCompatibility(method).state === 'not yet');
  const byGroup = Map.groupBy(missing, (method) => findGroup(method) ?? method.slice(0, method.lastIndexOf('.')));
  return [...byGroup].map(([group, names]) => {
    const rests = names.map((name) => name.slice(group.length + 1));
    const parts = [...new Set(rests.map((rest) => rest.split('.')[0] ?? rest))].map((part) => `\`${part}\``);
    const named =
      names.length > MAX_NAMED
        ? `${names.length}, of ${parts.join(', ')}`
        : rests.map((rest) => `\`${rest}\``).join(', ');
    const notes = new Set(names.map((name) => findCompatibility(name).note ?? ''));
    return `| \`${group}\` | ${named} | ${[...notes].filter((note) => note !== '').join('; ')} |`;
  });
}
