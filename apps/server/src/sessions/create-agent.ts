import { AgentProcess } from '../agent-process/agent-process.ts';
import { toAgentEnvironment } from '../agent-process/agent-environment.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';
import { createTranscriptStore } from '../agent-process/transcript-store.ts';
import type { ProcessDefinition } from '../definitions/to-process-definition.ts';
import type { SessionDeps } from './session-deps.ts';

export interface AgentDescription {
  agentSessionId: string;
  dirs: SessionDirs;
  /** Whether the store has a transcript to go on from. */
  resume: boolean;
  model: string | undefined;
  planMode: boolean;
  /** What its agent and its environment say. */
  definition: ProcessDefinition;
}

/** Makes an agent process that is not started yet, with a token of the model gateway. */
export function createAgent(
  deps: Pick<
    SessionDeps,
    | 'gatewayUrl'
    | 'agentPath'
    | 'agentNetwork'
    | 'modelMaxRetries'
    | 'nodeId'
    | 'launcher'
    | 'store'
    | 'commands'
    | 'logger'
  >,
  description: AgentDescription,
  token: string,
): AgentProcess {
  const environment = toAgentEnvironment({
    dirs: description.dirs,
    gatewayUrl: deps.gatewayUrl,
    token,
    path: deps.agentPath,
    modelMaxRetries: deps.modelMaxRetries,
    marker: `${deps.nodeId}/${description.agentSessionId}`,
  });
  const isLimited = deps.agentNetwork === 'limited' || description.definition.networking === 'limited';
  return new AgentProcess({
    profile: { ...description, environment },
    launcher: deps.launcher,
    // The platform reaches them in the agent's place, and not further than the agent might.
    mcpRefusal: isLimited ? 'the environment of this session has a limited network' : undefined,
    transcript: createTranscriptStore(deps.store.transcripts, { agentSessionId: description.agentSessionId }),
    logger: deps.logger.child({ agent_session_id: description.agentSessionId }),
    onCommands: (commands) => deps.commands.note(description.definition, commands),
  });
}
