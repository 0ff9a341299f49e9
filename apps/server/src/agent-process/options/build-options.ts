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
  /** Folders of the machine that it may write beside its own, absolute. */
  ownFolders?: readonly string[];
  /** The settings of its profile. */
  settings: ProfileSettings;
}

/**
 * Builds the options of an agent process, except its callbacks and MCP servers. Pure. The CLI does not read the
 * settings of the workspace (`settingSources: []`): they could bring hooks, which are commands that run without
 * approval. The CLI's own mode is `default` or `plan` only; our policy implements the other modes.
 */
export function buildOptions(start: AgentStart): StartOptions {
  const { systemPrompt, tools, disallowedTools, effort, plugins } = start.settings;
  const served = plugins.flatMap(({ path }) => (path === null ? [] : [path]));
  return {
    cwd: start.dirs.workspace,
    env: start.environment,
    // Each tool is named, so that a tool which a new CLI adds is not offered.
    tools,
    disallowedTools,
    // Only the MCP servers of the agent definition and of plugins; those of the workspace are ignored.
    strictMcpConfig: true,
    systemPrompt: systemPrompt ?? { type: 'preset', preset: 'claude_code' },
    settingSources: [],
    permissionMode: start.planMode ? 'plan' : 'default',
    includePartialMessages: true,
    forwardSubagentText: true,
    perTaskStopAffordance: true,
    mcpServersDelivery: 'initialize',
    sessionStoreFlush: 'eager',
    ...(served.length > 0 && {
      // The CLI reads no server of them: those reach the agent by the relay.
      plugins: served.map((path) => ({ type: 'local' as const, path, skipMcpDiscovery: true })),
      pluginDelivery: 'initialize' as const,
    }),
    // Where a hook of a plugin fails, the CLI (2.1.332) goes on and tells nobody but by these events.
    ...(plugins.some(({ hooks }) => hooks.length > 0) && { includeHookEvents: true }),
    // The CLI (2.1.332) goes back to the workspace after a command that ends elsewhere.
    ...(start.ownFolders !== undefined &&
      start.ownFolders.length > 0 && { additionalDirectories: [...start.ownFolders] }),
    ...(effort !== undefined && { effort }),
    ...(start.model !== undefined && { model: start.model }),
    ...(start.resume ? { resume: start.agentSessionId } : { sessionId: start.agentSessionId }),
  };
}

/** All options of an agent process. `OPTION_SOURCES` says of each where it comes from, or why it is not set. Pure. */
export function completeOptions(start: AgentStart, ofProcess: ProcessOptions): Options {
  return { ...buildOptions(start), ...ofProcess };
}
