import { toDoorEnvironment } from '../workspaces/repositories/door-environment.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** With what Claude Code has the model search the tools of MCP servers, and its own that are seldom used (CLI 2.1.332). */
export const TOOL_SEARCH_VARIABLE = 'ENABLE_TOOL_SEARCH';

/** The longest that a model call of the CLI takes, with its waits. */
const MODEL_TIMEOUT_MS = 3 * 60 * 60 * 1000;

export interface AgentEnvironmentOptions {
  dirs: SessionDirs;
  gatewayUrl: string;
  /** A token for the model gateway; never a real key. */
  token: string;
  path: string;
  /** Whether it has no network. */
  isLimited?: boolean;
  /** Whether commands may run beside the conversation. */
  backgroundTasks: boolean;
  /** Retries of a model call after a failure that may pass. */
  modelMaxRetries: number;
  /** Where it reports what it does, in the form of OpenTelemetry; undefined where it reports nothing. */
  reportsUrl?: string | undefined;
  /** Whether it goes on with the turn that its transcript ends in, without a message. */
  resumesTurn?: boolean;
}

/** What the agent is told where its transcript does not end with words of a user. In the form of the CLI's own notes. */
export const GOES_ON =
  '<system-reminder>Your process was replaced while calls of tools waited for approval. They go on now.</system-reminder>';

/** The whole environment of an agent process: nothing of the server's own environment is in it. */
export function toAgentEnvironment(options: AgentEnvironmentOptions): Record<string, string> {
  const { dirs } = options;
  return {
    ...toDoorEnvironment(options),
    HOME: dirs.home,
    TMPDIR: dirs.tmp,
    CLAUDE_CODE_TMPDIR: dirs.tmp,
    CLAUDE_CONFIG_DIR: dirs.config,
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    ANTHROPIC_BASE_URL: options.gatewayUrl,
    ANTHROPIC_API_KEY: options.token,
    DISABLE_AUTOUPDATER: '1',
    // For streams that break in the middle. Before that the model gateway retries, and tells the CLI not to.
    CLAUDE_CODE_MAX_RETRIES: String(options.modelMaxRetries),
    // Otherwise the CLI tries once more without a stream, and people see nothing for minutes.
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
    // Longer than all waits of the model gateway for one call together.
    API_TIMEOUT_MS: String(MODEL_TIMEOUT_MS),
    // Only calls of the conversation: titles, update checks and greetings would reach the upstream too.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // The CLI would read a file that a message names with `@` without asking anybody, wherever it is, and also where a
    // rule denies it. With this the agent gets the path, and reads the file with its tools (CLI 2.1.299 and newer).
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
    ...(options.backgroundTasks
      ? // Commands alone: the result of an MCP tool belongs to the turn that called it (CLI 2.1.332).
        { CLAUDE_CODE_DISABLE_MCP_TASK_BACKGROUND: '1', CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS: '0' }
      : { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1' }),
    // Off until there are so many tools that it is worth a request of its own. The CLI's own `auto` sends all tools to be counted
    // before the first answer.
    [TOOL_SEARCH_VARIABLE]: 'false',
    ...(options.reportsUrl !== undefined && toReporting(options.reportsUrl, options.token)),
    ...(options.resumesTurn === true && {
      CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1',
      CLAUDE_CODE_RESUME_PROMPT: GOES_ON,
    }),
  };
}

/**
 * Has Claude Code (2.1.332) report spans, metrics and events, without what people and models say. It keeps these variables from
 * the commands that it runs. Without TRACEPARENT it begins a trace with each turn, which the model gateway tells from another by
 * the header of its model calls: an environment would hold for all turns of the process.
 */
function toReporting(url: string, token: string): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
    CLAUDE_CODE_PROPAGATE_TRACEPARENT: '1',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${token}`,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    // A process is often ended without the time to send what waits.
    OTEL_TRACES_EXPORT_INTERVAL: '1000',
    OTEL_LOGS_EXPORT_INTERVAL: '1000',
    OTEL_METRIC_EXPORT_INTERVAL: '10000',
    OTEL_METRICS_INCLUDE_SESSION_ID: 'false',
    OTEL_METRICS_INCLUDE_ACCOUNT_UUID: 'false',
  };
}
