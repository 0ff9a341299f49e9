import { AgentProcess } from '../agent-process/agent-process.ts';
import type { AgentMcpDeps } from '../agent-process/agent-relays.ts';
import { toAgentEnvironment } from '../agent-process/agent-environment.ts';
import { createTranscriptStore } from '../agent-process/transcript-store.ts';
import type { AgentStart } from '../agent-process/options/build-options.ts';
import { needsServers, type CallResumption } from '../agent-process/resume-calls.ts';
import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { Host, Networking } from '../hosts/host.ts';
import type { PluginFolders } from '../plugins/delivery/plugin-folders.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { listDoorDirs } from '../workspaces/repositories/door-environment.ts';
import { toLentDir } from '../workspaces/session-dirs.ts';

/** Start settings of one process, before its token is issued. */
export interface AgentPlan extends Omit<AgentStart, 'environment'> {
  /** Calls that an earlier process did not make; it goes on with them. */
  resumption?: CallResumption;
}

/** Dependencies shared by all agent processes. */
export interface AgentDeps {
  /** URL of the model gateway for agent processes. */
  gatewayUrl: string;
  /** PATH of agent processes. */
  agentPath: string;
  /** Upper bound of the agents' network access; an environment can only restrict it further. */
  agentNetwork: Networking;
  /** Where processes report what they do; undefined where they do not. */
  reportsUrl?: string | undefined;
  /** Whether commands may run beside the conversation. */
  backgroundTasks: boolean;
  /** How often a model call that fails for a reason that may pass is made again. */
  modelMaxRetries: number;
  host: Host;
  mcp: Pick<
    AgentMcpDeps,
    'maxRssBytes' | 'secrets' | 'authorization' | 'revisions' | 'useOf' | 'showsApps' | 'toolSearch'
  >;
  pluginFolders: PluginFolders;
  plugins: Pick<PluginSet, 'hold'>;
  store: Pick<Store, 'transcripts'>;
  commands: AgentCommandBook;
  logger: Logger;
}

/** Makes an agent process that is not started yet, with a token of the model gateway. */
export function createAgent(deps: AgentDeps, plan: AgentPlan, token: string): AgentProcess {
  const isLimited = deps.agentNetwork === 'limited' || plan.settings.networking === 'limited';
  const environment = toAgentEnvironment({
    dirs: plan.dirs,
    gatewayUrl: deps.gatewayUrl,
    token,
    path: deps.agentPath,
    isLimited,
    modelMaxRetries: deps.modelMaxRetries,
    backgroundTasks: deps.backgroundTasks,
    // Without a network the process reaches the model and nothing else.
    reportsUrl: isLimited ? undefined : deps.reportsUrl,
    resumesTurn: plan.resumption !== undefined && !needsServers(toCalls(plan.resumption)),
  });
  const agent = new AgentProcess({
    profile: { ...plan, environment },
    lentDirs: [toLentDir(plan.dirs), ...listDoorDirs({ isLimited })],
    host: deps.host,
    mcp: {
      ...deps.mcp,
      path: deps.agentPath,
      // The platform connects to MCP servers for the agent, so it keeps to the agent's network limit.
      refusal: isLimited ? 'the environment of this session has a limited network' : undefined,
    },
    pluginFolders: deps.pluginFolders,
    transcript: createTranscriptStore(deps.store.transcripts, {
      agentSessionId: plan.agentSessionId,
      ...(plan.resumption && { omitted: plan.resumption.omitted }),
    }),
    logger: deps.logger.child({ agent_session_id: plan.agentSessionId }),
    onCommands: (commands) => deps.commands.note(plan.settings, commands),
  });
  const held = deps.plugins.hold(plan.settings.plugins);
  void agent.exited.then(() => held[Symbol.dispose]());
  return agent;
}

function toCalls({ message }: CallResumption): { name: string }[] {
  return message.content.filter((block) => block.type === 'tool_use');
}
