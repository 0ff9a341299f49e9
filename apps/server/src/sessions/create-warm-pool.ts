import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import { decidePoolSize } from '../agent-process/pool-size.ts';
import { deleteSessionDirs, toSessionDirs } from '../agent-process/session-dirs.ts';
import { WarmPool, type Spare } from '../agent-process/warm-pool.ts';
import { createAgent } from './create-agent.ts';
import type { SessionDeps } from './session-deps.ts';

/** The profile of sessions with the default agent in the default environment: the only one there is yet. */
export const DEFAULT_PROFILE = 'agent_default@1/env_default';

/** What a spare may cost: a process of CLI 2.1.330 has 80–100 MB of its own after its start. */
const SPARE_BYTES = 100 * 1024 * 1024;
const DEMAND_WINDOW_MS = 5 * 60 * 1000;
/** Until the first start has been measured. */
const ASSUMED_START_MS = 1000;

export interface WarmPoolOptions {
  /** The least number of spares; 0 switches the pool off. */
  least: number;
  maxProcesses: number;
  /** Turns that run now. */
  runningTurns(): number;
}

/** The pool for sessions: what a session asks of it, and what the platform does with it. */
export interface SessionPool extends Pick<WarmPool, 'state' | 'spares' | 'start' | 'giveUpOne' | 'close'> {
  take(profile: string): Spare | undefined;
}

/** Joins the pool with places, tokens and folders; sizes it by the demand of the last minutes. */
export function createWarmPool(deps: Omit<SessionDeps, 'pool'>, options: WarmPoolOptions): SessionPool {
  /** When sessions asked for a spare of a profile, in the window. */
  const claims = new Map<string, number[]>([[DEFAULT_PROFILE, []]]);
  let startMs = ASSUMED_START_MS;

  const start = async (profile: string): Promise<Spare | undefined> => {
    const slot = deps.slots.tryAcquire();
    if (slot === undefined) return undefined;
    const agentSessionId = randomUUID();
    const dirs = toSessionDirs(deps.dataDir, agentSessionId);
    const token = deps.tokens.issue({ sessionId: null, ownerId: null });
    const description = { agentSessionId, dirs, resume: false, model: deps.defaultModel, planMode: false };
    const agent = createAgent(deps, description, token);
    const spare: Spare = {
      agent,
      profile,
      agentSessionId,
      dirs,
      token,
      place: slot,
    };
    try {
      const startedAt = deps.clock.now();
      await deps.starts.run(() => agent.start());
      startMs = deps.clock.now() - startedAt;
      return spare;
    } catch (error) {
      await discard(spare);
      throw error;
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

  /** The default profile comes first; another one is kept ready as soon as it was asked for more than once. */
  const targets = (): ReadonlyMap<string, number> => {
    const since = deps.clock.now() - DEMAND_WINDOW_MS;
    for (const [profile, times] of claims)
      claims.set(
        profile,
        times.filter((at) => at > since),
      );
    const { ready, starting } = pool.state;
    let places = deps.slots.waiting > 0 ? 0 : options.maxProcesses - deps.slots.used + ready + starting;
    let availableBytes = process.availableMemory() + (ready + starting) * SPARE_BYTES;
    const result = new Map<string, number>();
    for (const [profile, times] of claims) {
      if (profile !== DEFAULT_PROFILE && times.length < 2) {
        if (times.length === 0) claims.delete(profile);
        continue;
      }
      const size = decidePoolSize({
        claims: times.length,
        windowMs: DEMAND_WINDOW_MS,
        startMs,
        least: profile === DEFAULT_PROFILE ? options.least : Math.min(options.least, 1),
        most: Math.max(options.least, Math.floor(options.maxProcesses / 2)),
        places,
        availableBytes,
        spareBytes: SPARE_BYTES,
      });
      places -= size;
      availableBytes -= size * SPARE_BYTES;
      result.set(profile, size);
    }
    return result;
  };

  const pool = new WarmPool({
    clock: deps.clock,
    logger: deps.logger,
    targets,
    mayStart: () => deps.starts.isFree && options.runningTurns() < availableParallelism(),
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
    start: () => pool.start(),
    giveUpOne: () => pool.giveUpOne(),
    close: () => pool.close(),
    take(profile) {
      claims.set(profile, [...(claims.get(profile) ?? []), deps.clock.now()]);
      return pool.take(profile);
    },
  };
}
