import { randomUUID } from 'node:crypto';

import type { AgentProcess } from '../agent-process/agent-process.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { SessionTokens } from '../model-gateway/session-tokens.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createAgent, type AgentDeps } from './create-agent.ts';
import type { Place } from './places.ts';
import type { Profile } from './profile.ts';
import type { Spare } from './warm-pool.ts';

export interface SpareStarterDeps extends AgentDeps {
  starts: Limiter;
  tokens: Pick<SessionTokens, 'issue' | 'revoke'>;
  workspaces: Pick<Workspaces, 'of'>;
  defaultModel: string | undefined;
}

/** Starts and ends spares: each has a place, a token and folders of its own. */
export interface SpareStarter {
  /** Rejects when the start fails; then nothing is left of the spare, and its place is released. */
  start(profile: Profile, place: Place): Promise<Spare>;
  /** Ends a spare, releases its place and deletes its folders. */
  end(spare: Spare): Promise<void>;
  /** Ends the spares whose start runs, so that their starts fail. */
  endStarting(): void;
}

export function createSpareStarter(deps: SpareStarterDeps): SpareStarter {
  const starting = new Set<AgentProcess>();

  const end = async (spare: Spare): Promise<void> => {
    deps.tokens.revoke(spare.token);
    try {
      await spare.agent.close();
    } finally {
      spare.place.release();
      await deps.workspaces.of(spare.agentSessionId).delete();
    }
  };

  return {
    async start({ fingerprint, settings }, place) {
      const agentSessionId = randomUUID();
      const workspace = deps.workspaces.of(agentSessionId);
      const { dirs } = workspace;
      const token = deps.tokens.issue({ sessionId: null, ownerId: null });
      const model = settings.model ?? deps.defaultModel;
      const plan = { agentSessionId, dirs, resume: false, model, planMode: false, settings };
      const agent = createAgent(deps, plan, token);
      const spare: Spare = { agent, profile: fingerprint, agentSessionId, dirs, token, place };
      try {
        starting.add(agent);
        await workspace.mark();
        await deps.starts.run(() => agent.start());
        return spare;
      } catch (error) {
        await end(spare);
        throw error;
      } finally {
        starting.delete(agent);
      }
    },
    end,
    endStarting() {
      for (const agent of starting) void agent.close();
    },
  };
}
