import type { UptimeClock } from '../lib/clock.ts';

/**
 * Why a running turn does not go on: it has no process, and waits neither for a place nor for people; or its process is
 * live and has not begun to make the calls that it was started for.
 */
export type Standstill = 'no_process' | 'calls_not_made';

export interface StandstillFacts {
  isRunning: boolean;
  waitsForPeople: boolean;
  /** No process is queued, starting, running or ending. */
  isProcessGone: boolean;
  isProcessLive: boolean;
  /** The calls of the turn have not been given to the process that is to make them again. */
  hasCallsToMake: boolean;
}

/** Undefined where the turn goes on, or what it waits for is known. */
export function findStandstill(facts: StandstillFacts): Standstill | undefined {
  if (!facts.isRunning || facts.waitsForPeople) return undefined;
  if (facts.isProcessGone) return 'no_process';
  return facts.isProcessLive && facts.hasCallsToMake ? 'calls_not_made' : undefined;
}

export interface StandstillWatchDeps {
  clock: UptimeClock;
  find(): Standstill | undefined;
  /** Has the turn go on. Called again when that has not helped for as long. */
  onStandstill(standstill: Standstill): void;
}

/** A process makes its first request within seconds of its start, and the next attempt at one is begun within seconds. */
export const STANDSTILL_MS = 60_000;

/** Finds turns that would run for ever, whatever the cause. `sweep` is to be called every few seconds. */
export function createStandstillWatch({ clock, find, onStandstill }: StandstillWatchDeps): { sweep(): void } {
  let since: { standstill: Standstill; atMs: number } | undefined;
  return {
    sweep() {
      const standstill = find();
      const now = clock.uptimeMs();
      if (standstill === undefined) since = undefined;
      else if (since?.standstill !== standstill) since = { standstill, atMs: now };
      else if (now - since.atMs > STANDSTILL_MS) {
        since = { standstill, atMs: now };
        onStandstill(standstill);
      }
    },
  };
}
