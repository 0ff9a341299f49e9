import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** A model call of the CLI ends by then, its waits included. */
const MODEL_TIMEOUT_MS = 3 * 60 * 60 * 1000;

export interface AgentEnvironmentOptions {
  dirs: SessionDirs;
  gatewayUrl: string;
  /** A token for the model gateway; never a real key. */
  token: string;
  path: string;
  /** Of a model call that fails for a reason that may pass. */
  modelMaxRetries: number;
}

/** The whole environment of an agent process: nothing of the server's own environment is in it. */
export function toAgentEnvironment(options: AgentEnvironmentOptions): Record<string, string> {
  const { dirs } = options;
  return {
    PATH: options.path,
    HOME: dirs.home,
    TMPDIR: dirs.tmp,
    CLAUDE_CODE_TMPDIR: dirs.tmp,
    CLAUDE_CONFIG_DIR: dirs.config,
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    ANTHROPIC_BASE_URL: options.gatewayUrl,
    ANTHROPIC_API_KEY: options.token,
    DISABLE_AUTOUPDATER: '1',
    // Of streams that break in the middle; before that the model gateway tries again, and says not to.
    CLAUDE_CODE_MAX_RETRIES: String(options.modelMaxRetries),
    // One more try behind the last one, without a stream: minutes of which nothing would be seen.
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
    // Longer than all waits of the model gateway for one call together.
    API_TIMEOUT_MS: String(MODEL_TIMEOUT_MS),
    // No calls but those of the conversation: titles, update checks and greetings would reach the upstream unasked.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // A turn ends when its work ends; subagents run inside the turn that started them (CLI 2.1.330).
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  };
}
