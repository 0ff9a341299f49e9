import type { CspError } from '@claude-sdk-pattern/protocol';

import type { UptimeClock } from '../lib/clock.ts';
import type { CpuLoad } from '../lib/cpu-load.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { Timers } from '../lib/timers.ts';
import type { Logger } from '../telemetry/logger.ts';
import { makeRoomForSession, makeRoomForSpares } from './make-room.ts';
import { createPlaceReclaimer, type ReclaimableHolder } from './place-reclaimer.ts';
import { createPlaces, type Place, type PlaceRequest } from './places.ts';
import type { Profile } from './profile.ts';
import { createSpareDemand, type SizingRules } from './spare-demand.ts';
import { WarmPool, type PooledSpare } from './warm-pool.ts';

/** Bounds of places and spares. */
export interface PlaceLimits {
  /** Live processes, spares included. */
  maxProcesses: number;
  /** The least number of spares; 0 switches the pool off. */
  leastSpares: number;
  /** How many sessions of one user may wait for a process. */
  maxWaitingPerOwner: number;
  /** How long a session waits for a process at most, in milliseconds. */
  maxWaitMs: number;
  /** Below this much free memory of the machine no process is started. */
  minFreeBytes: number;
}

type PlacedSpare = PooledSpare & { place: Place };
type KnownProfile = Pick<Profile, 'fingerprint'>;

/** What differs between the server and a simulation of it. */
export interface SharedPlacesDeps<P extends KnownProfile, S extends PlacedSpare> {
  clock: UptimeClock;
  timers?: Timers;
  logger: Logger;
  limits: PlaceLimits;
  /** All holders of processes, without spares. */
  holders(): readonly ReclaimableHolder[];
  /** Bounds how many processes start together; spares start only where no session waits for it. */
  starts: Pick<Limiter, 'isFree'>;
  /** Processors of the machine. */
  cores: number;
  /** How many spares may start at once; by default half of the processors are left for sessions. */
  maxStarting?: number;
  load: CpuLoad;
  /** Memory that the machine can still give, in bytes. */
  availableBytes(): number;
  /** The profile of sessions that name no agent and no environment. */
  defaultProfile(): P;
  /**
   * Starts a spare in this place. Rejects when the start fails; then nothing is left of it, and its place is released.
   */
  startSpare(profile: P, place: Place): Promise<S>;
  /** Ends a spare that no session has claimed, and releases its place. */
  endSpare(spare: S): Promise<void>;
  rules?: SizingRules;
  checkIntervalMs?: number;
  longIdleMs?: number;
}

export interface SharedPlaceRequest<P> extends PlaceRequest {
  profile: P;
  /** Whether a spare can serve. */
  isNew: boolean;
}

/** The places for live processes, as sessions and spares share them. */
export interface SharedPlaces<P, S extends PlacedSpare> {
  /**
   * A spare of the profile with its place, or a place as soon as there is one, fairly among users.
   * @throws CspError `overloaded` when it has waited for too long.
   */
  acquire(request: SharedPlaceRequest<P>): Promise<{ place: Place; spare: S | undefined }>;
  /** Why a request of this user may not even wait; undefined when it gets a place or may wait. */
  refusal(ownerId: string): CspError | undefined;
  /** Whether to start the process of a new session of this profile before its first message. */
  shouldStartAhead(profile: P): boolean;
  /** Whether a process can be started before its first message without delaying running turns or waiting requests. */
  readonly canStartAhead: boolean;
  /** A holder may have become idle: its place may be freed for a request that waits. */
  noteChange(): void;
  /** How many requests have no place yet. */
  readonly waiting: number;
  readonly pool: Pick<WarmPool<S>, 'state' | 'spares'>;
  /** Begins to keep spares. */
  start(): void;
  /** Ends every spare, and starts no other one. */
  close(): Promise<void>;
}

/** While turns run and the processors are this busy, refilling waits. */
const BUSY_SHARE = 0.9;
/** Processes are started ahead of the first message only while this share of the places is free. */
const START_AHEAD_SHARE = 0.5;

/** Puts places, queue, warm pool and reclaimer together: for the server, and for `npm run simulate-pool`. */
export function createSharedPlaces<P extends KnownProfile, S extends PlacedSpare>(
  deps: SharedPlacesDeps<P, S>,
): SharedPlaces<P, S> {
  const { clock, logger, limits, holders, starts, load, defaultProfile } = deps;
  const maxStarting = deps.maxStarting ?? Math.max(1, Math.floor(deps.cores / 2));
  const places = createPlaces({
    ...deps,
    ...limits,
    max: limits.maxProcesses,
    hasMemory: () => deps.availableBytes() > limits.minFreeBytes,
  });
  const reclaimer = createPlaceReclaimer({
    ...deps,
    onSettled() {
      places.ask();
      // Not while memory is short: the freed place cannot be used then, and the check would hibernate the next session.
      if (places.isFree) pool.check();
    },
  });
  const demand = createSpareDemand<P>({ ...deps, places, reclaimer, maxStarting });

  const startSpare = (fingerprint: string): Promise<S> | undefined => {
    const standard = defaultProfile();
    const profile = fingerprint === standard.fingerprint ? standard : demand.findProfile(fingerprint);
    const place = profile && places.tryAcquire();
    return profile && place && startInPlace(profile, place);
  };

  const startInPlace = async (profile: P, place: Place): Promise<S> => {
    const startedAt = clock.uptimeMs();
    const spare = await deps.startSpare(profile, place);
    demand.noteStart(clock.uptimeMs() - startedAt);
    return spare;
  };

  const isAnyAtWork = () => holders().some(({ idleSinceMs }) => idleSinceMs === undefined);

  const pool: WarmPool<S> = new WarmPool<S>({
    ...deps,
    logger,
    targets: () => demand.targets(defaultProfile(), pool.state),
    mayStart: () => starts.isFree && !(isAnyAtWork() && load.share > BUSY_SHARE),
    maxStarting,
    start: startSpare,
    makeRoom: (missing) => makeRoomForSpares({ places, pool, reclaimer }, missing),
    discard: (spare) => deps.endSpare(spare),
  });
  places.onShortage(() => makeRoomForSession({ places, pool, reclaimer }));

  const takeSpare = (profile: P): S | undefined => {
    demand.noteClaim(profile);
    return pool.take(profile.fingerprint);
  };

  return {
    async acquire({ profile, isNew, ...request }) {
      const spare = isNew ? takeSpare(profile) : undefined;
      if (spare === undefined) return { place: await places.acquire(request), spare };
      spare.place.assign(request.ownerId);
      return { place: spare.place, spare };
    },
    refusal: (ownerId) => (places.isFree || pool.state.ready > 0 ? undefined : places.refusal(ownerId)),
    shouldStartAhead({ fingerprint }) {
      if (places.used >= limits.maxProcesses * START_AHEAD_SHARE) return false;
      return (pool.state.readyByProfile.get(fingerprint) ?? 0) === 0;
    },
    get canStartAhead() {
      return places.waiting === 0 && (places.isFree || reclaimer.hasIdle);
    },
    noteChange: () => places.ask(),
    get waiting() {
      return places.waiting;
    },
    pool,
    start: () => pool.start(),
    close: () => pool.close(),
  };
}
