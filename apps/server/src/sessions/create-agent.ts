import { AgentProcess } from '../agent-process/agent-process.ts';
import { toAgentEnvironment } from '../agent-process/agent-environment.ts';
import { createTranscriptStore } from '../agent-process/transcript-store.ts';
import type { AgentStart } from '../agent-process/options/build-options.ts';
import type { SessionDeps } from './session-deps.ts';

/** What one process is started with, before there is a token for it. */
export type AgentPlan = Omit<AgentStart, 'environment'>;

/** Makes an agent process that is not started yet, with a token of the model gateway. */
export function createAgent(
  deps: Pick<
    SessionDeps,
    'gatewayUrl' | 'agentPath' | 'agentNetwork' | 'modelMaxRetries' | 'host' | 'store' | 'commands' | 'logger'
  >,
  plan: AgentPlan,
  token: string,
): AgentProcess {
  const environment = toAgentEnvironment({
    dirs: plan.dirs,
    gatewayUrl: deps.gatewayUrl,
    token,
    path: deps.agentPath,
    modelMaxRetries: deps.modelMaxRetries,
  });
  const isLimited = deps.agentNetwork === 'limited' || plan.settings.networking === 'limited';
  return new AgentProcess({
    profile: { ...plan, environment },
    host: deps.host,
    // The platform reaches them in the agent's place, and not further than the agent might.
    mcpRefusal: isLimited ? 'the environment of this session has a limited network' : undefined,
    transcript: createTranscriptStore(deps.store.transcripts, { agentSessionId: plan.agentSessionId }),
    logger: deps.logger.child({ agent_session_id: plan.agentSessionId }),
    onCommands: (commands) => deps.commands.note(plan.settings, commands),
  });
}
