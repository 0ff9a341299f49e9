import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import type { AgentProcess } from '../agent-process/agent-process.ts';
import type { UptimeClock } from '../lib/clock.ts';
import { createCpuLoad } from '../lib/cpu-load.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { SessionTokens } from '../model-gateway/session-tokens.ts';
import type { Places } from './places.ts';
import { findDefaultProfile, type Profile } from './profile.ts';
import { makeRoomForSpare } from './make-room.ts';
import { createSpareDemand } from './spare-demand.ts';
import { WarmPool, type Spare } from './warm-pool.ts';
import type { Store } from '../store/port.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createAgent, type AgentDeps } from './create-agent.ts';
import type { ProcessHolder } from './process-holder.ts';
import type { PlaceReclaimer } from './place-reclaimer.ts';

/** Refills that run at once: half of the processors are left for sessions. */
const MAX_STARTING = Math.max(1, Math.floor(availableParallelism() / 2));
/** While turns run and the processors are this busy, refilling waits. */
const BUSY_SHARE = 0.9;
const REFRESH_INTERVAL_MS = 5000;

export interface SparePoolDeps extends AgentDeps {
  store: AgentDeps['store'] & Pick<Store, 'agents' | 'environments'>;
  starts: Limiter;
  tokens: Pick<SessionTokens, 'issue' | 'revoke'>;
  clock: UptimeClock;
  workspaces: Pick<Workspaces, 'of'>;
  defaultModel: string | undefined;
  limits: { leastSpares: number; maxProcesses: number };
  places: Pick<Places, 'tryAcquire' | 'used' | 'waiting'>;
  /** Sessions come first: spares get what they do not use. */
  reclaimer: Pick<PlaceReclaimer, 'reclaiming' | 'longIdle' | 'reclaimLongIdle'>;
  holders(): readonly ProcessHolder[];
}

/** The pool for sessions: what a session asks of it, and what the platform does with it. */
export interface SparePool extends Pick<WarmPool, 'state' | 'spares' | 'start' | 'giveUpOne' | 'close'> {
  /** A spare of this profile; none of another one serves. */
  take(profile: Profile): Spare | undefined;
  /** The profile of sessions that name no agent and no environment. */
  readonly defaultProfile: string;
}

/** Joins the pool with places, tokens and folders. */
export async function createSparePool(deps: SparePoolDeps): Promise<SparePool> {
  const { places, reclaimer, limits } = deps;
  let defaultProfile = await findDefaultProfile(deps.store);
  let refresh: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> = Promise.resolve();
  const demand = createSpareDemand<Profile>({
    clock: deps.clock,
    limits,
    places,
    reclaimer,
    maxStarting: MAX_STARTING,
    availableBytes: () => process.availableMemory(),
  });
  /** Agents whose start runs. */
  const young = new Set<AgentProcess>();
  const load = createCpuLoad();

  const start = async (fingerprint: string): Promise<Spare | undefined> => {
    const profile = fingerprint === defaultProfile.fingerprint ? defaultProfile : demand.findProfile(fingerprint);
    if (profile === undefined) return undefined;
    const place = places.tryAcquire();
    if (place === undefined) {
      makeRoomForSpare({ places, reclaimer });
      return undefined;
    }
    const agentSessionId = randomUUID();
    const workspace = deps.workspaces.of(agentSessionId);
    const { dirs } = workspace;
    const token = deps.tokens.issue({ sessionId: null, ownerId: null });
    const { settings } = profile;
    const model = settings.model ?? deps.defaultModel;
    const plan = { agentSessionId, dirs, resume: false, model, planMode: false, settings };
    const agent = createAgent(deps, plan, token);
    const spare: Spare = { agent, profile: fingerprint, agentSessionId, dirs, token, place };
    try {
      young.add(agent);
      await workspace.mark();
      const startedAt = deps.clock.uptimeMs();
      await deps.starts.run(() => agent.start());
      demand.noteStart(deps.clock.uptimeMs() - startedAt);
      return spare;
    } catch (error) {
      await discard(spare);
      throw error;
    } finally {
      young.delete(agent);
    }
  };

  const discard = async (spare: Spare): Promise<void> => {
    deps.tokens.revoke(spare.token);
    try {
      await spare.agent.close();
    } finally {
      spare.place.release();
      await deps.workspaces.of(spare.agentSessionId).delete();
    }
  };

  const refreshDefaultProfile = async (): Promise<void> => {
    try {
      defaultProfile = await findDefaultProfile(deps.store);
    } catch (error) {
      deps.logger.warn({ err: error }, 'the default agent could not be read; spares are kept as they were');
    }
  };

  const isAnyAtWork = () => deps.holders().some(({ idleSinceMs }) => idleSinceMs === undefined);

  const pool: WarmPool = new WarmPool({
    clock: deps.clock,
    logger: deps.logger,
    targets: () => demand.targets(defaultProfile, pool.state),
    mayStart: () => deps.starts.isFree && !(isAnyAtWork() && load.share > BUSY_SHARE),
    maxStarting: MAX_STARTING,
    start,
    discard,
  });

  return {
    get state() {
      return pool.state;
    },
    get spares() {
      return pool.spares;
    },
    start() {
      refresh = setInterval(() => {
        refreshing = refreshDefaultProfile();
      }, REFRESH_INTERVAL_MS).unref();
      pool.start();
    },
    giveUpOne: () => pool.giveUpOne(),
    async close() {
      clearInterval(refresh);
      for (const agent of young) void agent.close();
      await pool.close();
      await refreshing;
    },
    get defaultProfile() {
      return defaultProfile.fingerprint;
    },
    take(profile) {
      demand.noteClaim(profile);
      return pool.take(profile.fingerprint);
    },
  };
}
