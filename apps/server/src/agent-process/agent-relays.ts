import { CANCELLED } from '../permissions/elicitation.ts';
import type { Host } from '../hosts/host.ts';
import type { AgentHandlers } from './agent-handlers.ts';
import { toNetworking } from './launch-agent.ts';
import { createMcpRelays, type McpRelays, type McpRelaysOptions } from './mcp/mcp-relays.ts';
import type { LinkDeps } from './mcp/open-link.ts';
import type { ToolSearch, ToolSearchPolicy } from './mcp/tool-search.ts';
import type { AgentStart } from './options/build-options.ts';
import { findToolPolicy } from './options/profile-settings.ts';

/** What the MCP servers of an agent process need. */
export interface AgentMcpDeps
  extends
    Pick<LinkDeps, 'path' | 'maxRssBytes' | 'secrets' | 'authorization' | 'revisions'>,
    Pick<McpRelaysOptions, 'useOf'> {
  /** Whether the apps of MCP servers are shown. */
  showsApps: boolean;
  /** Of the operator. */
  toolSearch: ToolSearchPolicy;
  /** Why the agent may not connect to servers outside, as a clause; undefined where it may. */
  refusal: string | undefined;
}

export interface AgentRelaysDeps {
  profile: AgentStart;
  host: Host;
  mcp: AgentMcpDeps;
  toolSearch: ToolSearch;
  /** Of the session; undefined while the process serves none. */
  findHandlers(): AgentHandlers | undefined;
  /** @throws Error while the process serves no session */
  getHandlers(): AgentHandlers;
}

/** The relays of all MCP servers that an agent process has; they are not started. */
export function createAgentRelays(deps: AgentRelaysDeps): Promise<McpRelays> {
  const { profile, host, mcp } = deps;
  return createMcpRelays(profile.settings.mcpServers, {
    refusal: mcp.refusal,
    useOf: mcp.useOf,
    isOffered: (cliName) => findToolPolicy(profile.settings, cliName) !== 'disabled',
    onOffered: (server, offered) => deps.toolSearch.note(server, offered),
    custom: {
      tools: profile.settings.customTools,
      takeResult: async (call) => deps.findHandlers()?.takeCustomResult(call),
    },
    links: {
      ...{ ...mcp, host, dirs: profile.dirs, agentSessionId: profile.agentSessionId },
      networking: toNetworking(profile.settings),
      trace: () => deps.findHandlers()?.trace?.(),
      user: () => {
        const handlers = deps.findHandlers();
        if (handlers === undefined) return undefined;
        const { ownerId: userId, agentId, vaultIds } = handlers;
        return { userId, agentId, vaultIds };
      },
    },
    onNotice: (notice) => deps.findHandlers()?.onNotice(notice),
    takePermit: (call) => deps.findHandlers()?.takePermit(call) ?? false,
    keepApp: mcp.showsApps ? (app) => deps.getHandlers().keepApp(app) : undefined,
    elicit: (asked, signal) => deps.findHandlers()?.elicit(asked, signal) ?? Promise.resolve(CANCELLED),
  });
}
