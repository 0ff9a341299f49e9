import type { Options } from '@anthropic-ai/claude-agent-sdk';

import type { ProcessOptions, StartOptions } from './option-sources.ts';
import type { ProfileSettings } from './profile-settings.ts';
import type { SessionDirs } from '../../workspaces/session-dirs.ts';

/** Settings that one process starts with: its profile, and the values of its session. */
export interface AgentStart {
  dirs: SessionDirs;
  environment: Record<string, string>;
  /** The uuid of the transcript. */
  agentSessionId: string;
  /** Whether the store has a transcript to resume. */
  resume: boolean;
  /** Undefined leaves the choice to Claude Code. */
  model: string | undefined;
  planMode: boolean;
  /** Of its start. */
  settings: ProfileSettings;
}

/**
 * Builds what an agent process is started with, but for the callbacks and the MCP servers. Pure. Settings of the workspace are not read
 * (`settingSources: []`): they could bring hooks, that is commands that nobody was asked about. The CLI's own mode is
 * `default` or `plan` only; accepting edits and asking nothing are decided by our policy.
 */
export function buildOptions(start: AgentStart): StartOptions {
  const { systemPrompt, tools, disallowedTools, effort } = start.settings;
  return {
    cwd: start.dirs.workspace,
    env: start.environment,
    // Named one by one: a tool that a new CLI brings along is not offered unseen.
    tools,
    disallowedTools,
    // The agent's own servers and no others, such as what a workspace brings along.
    strictMcpConfig: true,
    systemPrompt: systemPrompt ?? { type: 'preset', preset: 'claude_code' },
    settingSources: [],
    permissionMode: start.planMode ? 'plan' : 'default',
    includePartialMessages: true,
    forwardSubagentText: true,
    mcpServersDelivery: 'initialize',
    sessionStoreFlush: 'eager',
    ...(effort !== undefined && { effort }),
    ...(start.model !== undefined && { model: start.model }),
    ...(start.resume ? { resume: start.agentSessionId } : { sessionId: start.agentSessionId }),
  };
}

/** All options of an agent process. `OPTION_SOURCES` says of each where it comes from, or why it is not set. Pure. */
export function completeOptions(start: AgentStart, ofProcess: ProcessOptions): Options {
  return { ...buildOptions(start), ...ofProcess };
}
