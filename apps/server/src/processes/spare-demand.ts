import type { UptimeClock } from '../lib/clock.ts';
import type { PlaceReclaimer } from './place-reclaimer.ts';
import type { Places } from './places.ts';
import { POOL_TUNING, decidePoolSize, measureBurst, type PoolTuning } from './pool-size.ts';
import type { Profile } from './profile.ts';

/** How demand becomes a number of spares. */
export interface SizingRules extends PoolTuning {
  /** The rate of claims is that of this window. */
  claimsWindowMs: number;
  /** How long the greatest burst of claims is remembered; 0: not at all. */
  burstWindowMs: number;
  /** Share of the places that spares may have at most. */
  mostShare: number;
}

/** Justified by `npm run simulate-pool`; docs/decisions/2026-11-22-pool-size.md has the figures. */
export const SIZING_RULES: SizingRules = {
  ...POOL_TUNING,
  claimsWindowMs: 5 * 60 * 1000,
  burstWindowMs: 30 * 60 * 1000,
  mostShare: 0.5,
};

export interface SpareDemandDeps {
  clock: UptimeClock;
  limits: { leastSpares: number; maxProcesses: number };
  places: Pick<Places, 'used' | 'waiting'>;
  reclaimer: Pick<PlaceReclaimer, 'longIdle'>;
  /** How many spares may start at once. */
  maxStarting: number;
  /** Memory that the machine can still give, in bytes. */
  availableBytes(): number;
  rules?: SizingRules;
}

/** Which spares sessions asked for, and how many of each are worth keeping. */
export interface SpareDemand<P> {
  /** A session asks for a spare of this profile, whether there is one or not. */
  noteClaim(profile: P): void;
  /** How long the start of a spare took, in milliseconds. */
  noteStart(startMs: number): void;
  /** A profile that was asked for lately, by its fingerprint. */
  findProfile(fingerprint: string): P | undefined;
  /** How many spares to keep by fingerprint, the most wanted profile first. Forgets old claims. */
  targets(defaultProfile: P, pool: { ready: number; starting: number }): ReadonlyMap<string, number>;
}

/** What a spare may cost: a process of CLI 2.1.330 has 80–100 MB of its own after its start. */
const SPARE_BYTES = 100 * 1024 * 1024;
/** Until the first start has been measured. */
const ASSUMED_START_MS = 1000;

export function createSpareDemand<P extends Pick<Profile, 'fingerprint'>>(deps: SpareDemandDeps): SpareDemand<P> {
  const { clock, limits, places, reclaimer, maxStarting, rules = SIZING_RULES } = deps;
  const keptMs = Math.max(rules.claimsWindowMs, rules.burstWindowMs);
  const most = Math.max(limits.leastSpares, Math.floor(limits.maxProcesses * rules.mostShare));
  /** By fingerprint; when the claims came, in order. */
  const demand = new Map<string, { profile: P; claims: number[] }>();
  let startMs = ASSUMED_START_MS;

  const forgetOld = (now: number) => {
    for (const [fingerprint, { claims }] of demand) {
      claims.splice(0, claims.length - countSince(claims, now - keptMs));
      if (claims.length === 0) demand.delete(fingerprint);
    }
  };

  return {
    noteClaim(profile) {
      const claims = demand.get(profile.fingerprint)?.claims ?? [];
      claims.push(clock.uptimeMs());
      demand.set(profile.fingerprint, { profile, claims });
    },
    noteStart(tookMs) {
      startMs = tookMs;
    },
    findProfile: (fingerprint) => demand.get(fingerprint)?.profile,

    /** The default profile comes first; another one is kept ready as soon as it was asked for more than once. */
    targets({ fingerprint: defaultFingerprint }, { ready, starting }) {
      const now = clock.uptimeMs();
      forgetOld(now);
      const free = limits.maxProcesses - places.used + reclaimer.longIdle;
      let freePlaces = Math.max(0, free + ready + starting - places.waiting);
      let availableBytes = deps.availableBytes() + (ready + starting) * SPARE_BYTES;
      const result = new Map<string, number>();
      const others = [...demand.keys()].filter((fingerprint) => fingerprint !== defaultFingerprint);
      for (const fingerprint of [defaultFingerprint, ...others]) {
        const isDefault = fingerprint === defaultFingerprint;
        const remembered = demand.get(fingerprint)?.claims ?? [];
        const claims = countSince(remembered, now - rules.claimsWindowMs);
        if (!isDefault && claims < 2) continue;
        const inBurstWindow = countSince(remembered, now - rules.burstWindowMs);
        const bursts = remembered.slice(remembered.length - inBurstWindow);
        const size = decidePoolSize(
          {
            claims,
            windowMs: rules.claimsWindowMs,
            burst: measureBurst(bursts, (startMs + rules.refillWaitMs) / maxStarting),
            startMs,
            least: isDefault ? limits.leastSpares : Math.min(limits.leastSpares, 1),
            most,
            places: freePlaces,
            availableBytes,
            spareBytes: SPARE_BYTES,
          },
          rules,
        );
        freePlaces -= size;
        availableBytes -= size * SPARE_BYTES;
        result.set(fingerprint, size);
      }
      return result;
    },
  };
}

/** How many of these times, which are in order, lie after `sinceMs`. */
function countSince(times: readonly number[], sinceMs: number): number {
  return times.length - 1 - times.findLastIndex((at) => at <= sinceMs);
}
