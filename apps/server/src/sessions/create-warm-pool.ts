import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import type { AgentProcess } from '../agent-process/agent-process.ts';
import { POOL_TUNING, decidePoolSize, measureBurst } from '../processes/pool-size.ts';
import { deleteSessionDirs, toSessionDirs } from '../workspaces/session-dirs.ts';
import { markUnclaimed } from '../workspaces/unclaimed-dirs.ts';
import { WarmPool, type Spare } from '../processes/warm-pool.ts';
import { createCpuLoad } from '../lib/cpu-load.ts';
import { createAgent } from './create-agent.ts';
import type { Profile } from '../processes/profile.ts';
import type { SessionDeps } from './session-deps.ts';

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

export interface WarmPoolOptions {
  /** What sessions get that name no agent and no environment; asked again and again, because people may change it. */
  findDefaultProfile(): Promise<Profile>;
  /** The least number of spares; 0 switches the pool off. */
  least: number;
  maxProcesses: number;
  /** The sessions in memory: they come first. */
  sessions: {
    /** Turns that run now. */
    readonly runningTurns: number;
    /** How many sessions have held a process for long without using it. */
    readonly longIdle: number;
    /** Sessions that are giving their processes up. */
    readonly makingRoom: number;
    /** Hibernates one of those, so that a spare can have its place. */
    giveUpLongIdle(): void;
  };
}

/** The pool for sessions: what a session asks of it, and what the platform does with it. */
export interface SessionPool extends Pick<WarmPool, 'state' | 'spares' | 'start' | 'giveUpOne' | 'close'> {
  /** A spare of this profile; none of another one serves. */
  take(profile: Profile): Spare | undefined;
  /** The profile of sessions that name no agent and no environment. */
  readonly defaultProfile: string;
}

/** Joins the pool with places, tokens and folders; sizes it by the demand of the last minutes. The
 * constants are from a simulation, see docs/decisions/2026-11-22-pool-size.md. */
export async function createWarmPool(deps: Omit<SessionDeps, 'pool'>, options: WarmPoolOptions): Promise<SessionPool> {
  let defaultProfile = await options.findDefaultProfile();
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
    const place = deps.places.tryAcquire();
    if (place === undefined) {
      // A session that nobody has used for a while is woken as somebody types; a new one would wait for its process.
      if (deps.places.waiting === 0 && options.sessions.makingRoom === 0) options.sessions.giveUpLongIdle();
      return undefined;
    }
    const agentSessionId = randomUUID();
    const dirs = toSessionDirs(deps.dataDir, agentSessionId);
    const token = deps.tokens.issue({ sessionId: null, ownerId: null });
    const { settings } = profile;
    const model = settings.model ?? deps.defaultModel;
    const plan = { agentSessionId, dirs, resume: false, model, planMode: false, settings };
    const agent = createAgent(deps, plan, token);
    const spare: Spare = { agent, profile: fingerprint, agentSessionId, dirs, token, place };
    try {
      young.add(agent);
      await markUnclaimed(deps.dataDir, agentSessionId);
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
      await deleteSessionDirs(deps.dataDir, { agentSessionId: spare.agentSessionId });
    }
  };

  const refreshDefaultProfile = async (): Promise<void> => {
    try {
      defaultProfile = await options.findDefaultProfile();
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
    const free = options.maxProcesses - deps.places.used + options.sessions.longIdle;
    let places = Math.max(0, free + ready + starting - deps.places.waiting);
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
        least: isDefault ? options.least : Math.min(options.least, 1),
        most: Math.max(options.least, Math.floor(options.maxProcesses / 2)),
        places,
        availableBytes,
        spareBytes: SPARE_BYTES,
      });
      places -= size;
      availableBytes -= size * SPARE_BYTES;
      result.set(fingerprint, size);
    }
    return result;
  };

  const pool = new WarmPool({
    clock: deps.clock,
    logger: deps.logger,
    targets,
    mayStart: () => deps.starts.isFree && !(options.sessions.runningTurns > 0 && load.share > BUSY_SHARE),
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
