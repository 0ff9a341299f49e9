import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import type { AgentProcess } from '../agent-process/agent-process.ts';
import type { UptimeClock } from '../lib/clock.ts';
import { createCpuLoad } from '../lib/cpu-load.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { SessionTokens } from '../model-gateway/session-tokens.ts';
import type { Places } from './places.ts';
import { POOL_TUNING, decidePoolSize, measureBurst } from './pool-size.ts';
import { findDefaultProfile, type Profile } from './profile.ts';
import { WarmPool, type Spare } from './warm-pool.ts';
import type { Store } from '../store/port.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createAgent, type AgentDeps } from './create-agent.ts';
import type { ProcessHolder } from './process-holder.ts';
import type { PlaceReclaimer } from './place-reclaimer.ts';

/** What a spare may cost: a process of CLI 2.1.330 has 80–100 MB of its own after its start. */
const SPARE_BYTES = 100 * 1024 * 1024;
const DEMAND_WINDOW_MS = 5 * 60 * 1000;
/** How long the greatest burst of claims is remembered. */
const BURST_WINDOW_MS = 30 * 60 * 1000;
/** Refills that run at once: half of the processors are left for sessions. */
const MAX_STARTING = Math.max(1, Math.floor(availableParallelism() / 2));
/** While turns run and the processors are this busy, refilling waits. */
const BUSY_SHARE = 0.9;
const REFRESH_INTERVAL_MS = 5000;
/** Until the first start has been measured. */
const ASSUMED_START_MS = 1000;

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

/** Joins the pool with places, tokens and folders; sizes it by the demand of the last minutes. The
 * constants are from a simulation, see docs/decisions/2026-11-22-pool-size.md. */
export async function createSparePool(deps: SparePoolDeps): Promise<SparePool> {
  const { places, reclaimer, limits } = deps;
  let defaultProfile = await findDefaultProfile(deps.store);
  let refresh: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> = Promise.resolve();
  /** When sessions asked for a spare, in the window; by fingerprint. */
  const demand = new Map<string, { profile: Profile; claims: number[] }>();
  let startMs = ASSUMED_START_MS;
  /** Agents whose start runs. */
  const young = new Set<AgentProcess>();
  const load = createCpuLoad();

  const start = async (fingerprint: string): Promise<Spare | undefined> => {
    const profile = fingerprint === defaultProfile.fingerprint ? defaultProfile : demand.get(fingerprint)?.profile;
    if (profile === undefined) return undefined;
    const place = places.tryAcquire();
    if (place === undefined) {
      // A session that nobody has used for a while is woken as somebody types; a new one would wait for its process.
      if (places.waiting === 0 && reclaimer.reclaiming === 0) reclaimer.reclaimLongIdle();
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
      startMs = deps.clock.uptimeMs() - startedAt;
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

  /** The default profile comes first; another one is kept ready as soon as it was asked for more than once. */
  const targets = (): ReadonlyMap<string, number> => {
    const now = deps.clock.uptimeMs();
    for (const [fingerprint, { profile, claims }] of demand) {
      const recent = claims.filter((at) => at > now - BURST_WINDOW_MS);
      if (recent.length > 0) demand.set(fingerprint, { profile, claims: recent });
      else demand.delete(fingerprint);
    }
    const { ready, starting } = pool.state;
    const free = limits.maxProcesses - places.used + reclaimer.longIdle;
    let freePlaces = Math.max(0, free + ready + starting - places.waiting);
    let availableBytes = process.availableMemory() + (ready + starting) * SPARE_BYTES;
    const result = new Map<string, number>();
    const others = [...demand.keys()].filter((fingerprint) => fingerprint !== defaultProfile.fingerprint);
    for (const fingerprint of [defaultProfile.fingerprint, ...others]) {
      const isDefault = fingerprint === defaultProfile.fingerprint;
      const remembered = demand.get(fingerprint)?.claims ?? [];
      const claims = remembered.filter((at) => at > now - DEMAND_WINDOW_MS);
      if (!isDefault && claims.length < 2) continue;
      const size = decidePoolSize({
        claims: claims.length,
        windowMs: DEMAND_WINDOW_MS,
        burst: measureBurst(remembered, (startMs + POOL_TUNING.refillWaitMs) / MAX_STARTING),
        startMs,
        least: isDefault ? limits.leastSpares : Math.min(limits.leastSpares, 1),
        most: Math.max(limits.leastSpares, Math.floor(limits.maxProcesses / 2)),
        places: freePlaces,
        availableBytes,
        spareBytes: SPARE_BYTES,
      });
      freePlaces -= size;
      availableBytes -= size * SPARE_BYTES;
      result.set(fingerprint, size);
    }
    return result;
  };

  const isAnyAtWork = () => deps.holders().some(({ idleSinceMs }) => idleSinceMs === undefined);

  const pool = new WarmPool({
    clock: deps.clock,
    logger: deps.logger,
    targets,
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
      const { fingerprint } = profile;
      const claims = demand.get(fingerprint)?.claims ?? [];
      demand.set(fingerprint, { profile, claims: [...claims, deps.clock.uptimeMs()] });
      return pool.take(fingerprint);
    },
  };
}
