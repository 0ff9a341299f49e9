import { CspError } from '@claude-sdk-pattern/protocol';

import type { UptimeClock } from '../lib/clock.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import { toFairOrder } from './fair-order.ts';

/** A place among the live processes. Release it when the process is gone. */
export interface Place {
  /** Counts the place for this user from now on. For a place that was acquired without an owner. */
  assign(ownerId: string): void;
  release(): void;
}

export interface PlaceRequest {
  /** The user who holds and waits for the fewest places comes first. */
  ownerId: string;
  /** Called when the request has to wait, and whenever its position changes; 1 is next. */
  onPosition(position: number): void;
  /** Removes the request from the queue. */
  signal: AbortSignal;
}

export interface Places {
  /**
   * Resolves when there is a place: fairly among users, and in the order of the requests of each. Rejects with the
   * signal's reason when it is aborted while waiting. The queue has no bound here, because the work of the request is
   * stored already: `refusal` bounds it.
   * @throws CspError `overloaded` when it has waited for too long.
   */
  acquire(request: PlaceRequest): Promise<Place>;
  /** A free place, or undefined when none is free or a request waits. Does not tell of a shortage. */
  tryAcquire(): Place | undefined;
  /** Why no more work of this user should be stored now; undefined when it may wait. Call it before work is stored. */
  refusal(ownerId: string): CspError | undefined;
  /** Calls the shortage listener again if a request waits. Call it when an owner of a place may have become idle. */
  ask(): void;
  /** The listener frees a place; it is called while requests wait. Only one; set it before the first request. */
  onShortage(listener: () => void): void;
  readonly used: number;
  /** How many requests have no place yet. */
  readonly waiting: number;
  /** Whether a request would get a place without waiting. */
  readonly isFree: boolean;
}

export interface PlacesOptions {
  /** How many places there are. */
  max: number;
  /** Whether the machine has the memory for one more process. Asked only when one runs already. */
  hasMemory(): boolean;
  /** How many requests of one user may wait before `refusal` says so. */
  maxWaitingPerOwner: number;
  /** How long a request waits at most, in milliseconds. */
  maxWaitMs: number;
  clock: UptimeClock;
  timers?: Timers;
}

/** How many requests of all users may wait before `refusal` says so. */
const MAX_WAITING = 1000;
const RETRY_AFTER_MS = 30_000;
/** The system does not report when memory becomes free, so it is checked this often while a request waits. */
const MEMORY_CHECK_MS = 1000;

interface Waiter extends PlaceRequest {
  position: number;
  grant(place: Place): void;
}

/**
 * Bounds the number of live agent processes, by count and by the memory of the machine. When there is no place,
 * requests wait, and the shortage listener is called.
 *
 * Over 100 lines: the places, the queue and the counts of each user change together.
 */
export function createPlaces(options: PlacesOptions): Places {
  const { timers = systemTimers } = options;
  let used = 0;
  let waiting: Waiter[] = [];
  const held = new Map<string, number>();
  let endMemoryCheck: (() => void) | undefined;
  let tellShortage: () => void = () => undefined;

  const isFree = () => used < options.max && waiting.length === 0 && hasMemory();
  /** One process may always run: otherwise a small machine could serve nobody. */
  const hasMemory = () => used === 0 || options.hasMemory();

  const tellPositions = () => {
    for (const [index, waiter] of toFairOrder(waiting, held).entries()) {
      if (waiter.position === index + 1) continue;
      waiter.position = index + 1;
      waiter.onPosition(waiter.position);
    }
  };

  const count = (ownerId: string, change: 1 | -1) => {
    const next = (held.get(ownerId) ?? 0) + change;
    if (next === 0) held.delete(ownerId);
    else held.set(ownerId, next);
  };

  const take = (ownerId?: string): Place => {
    used += 1;
    let owner: string | undefined;
    let isHeld = true;
    const place: Place = {
      assign(id) {
        if (!isHeld) return;
        if (owner !== undefined) count(owner, -1);
        owner = id;
        count(id, 1);
      },
      release() {
        if (!isHeld) return;
        isHeld = false;
        used -= 1;
        if (owner !== undefined) count(owner, -1);
        grantNext();
      },
    };
    if (ownerId !== undefined) place.assign(ownerId);
    return place;
  };

  const grantNext = () => {
    const [next] = used < options.max && hasMemory() ? toFairOrder(waiting, held) : [];
    if (next !== undefined) {
      removeWaiter(next);
      next.grant(take(next.ownerId));
      tellPositions();
    }
    if (waiting.length > 0) tellShortage();
  };

  const removeWaiter = (waiter: Waiter) => {
    waiting = waiting.filter((other) => other !== waiter);
    watchMemory();
  };

  const watchMemory = () => {
    if (waiting.length === 0) {
      endMemoryCheck?.();
      endMemoryCheck = undefined;
    } else endMemoryCheck ??= timers.every(MEMORY_CHECK_MS, grantNext);
  };

  const refusal = (ownerId: string): CspError | undefined => {
    const own = waiting.filter((waiter) => waiter.ownerId === ownerId).length;
    if (own >= options.maxWaitingPerOwner) {
      const text = `${own} of your sessions wait for an agent process already. Let some of them finish, then send again`;
      return new CspError('overloaded', text, { retryAfterMs: RETRY_AFTER_MS });
    }
    if (waiting.length < MAX_WAITING) return undefined;
    const text = 'Too many sessions wait for an agent process. Try again later';
    return new CspError('overloaded', text, { retryAfterMs: RETRY_AFTER_MS });
  };

  const wait = (request: PlaceRequest): Promise<Place> =>
    new Promise((resolve, reject) => {
      const giveUp = (reason: Error) => {
        settle();
        tellPositions();
        reject(reason);
      };
      const onAbort = () => giveUp(request.signal.reason as Error);
      const startedMs = options.clock.uptimeMs();
      let endTimer: (() => void) | undefined;
      // After a suspension of the machine the timer fires early: no place could become free during the suspension.
      const checkTime = () => {
        const leftMs = options.maxWaitMs - (options.clock.uptimeMs() - startedMs);
        if (leftMs <= 0) giveUp(toTimeout(options.maxWaitMs));
        else endTimer = timers.after(leftMs, checkTime);
      };
      const waiter: Waiter = {
        ...request,
        position: 0,
        grant(place) {
          settle();
          resolve(place);
        },
      };
      const settle = () => {
        endTimer?.();
        request.signal.removeEventListener('abort', onAbort);
        removeWaiter(waiter);
      };
      request.signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(waiter);
      checkTime();
      tellPositions();
      watchMemory();
      tellShortage();
    });

  return {
    get used() {
      return used;
    },
    get waiting() {
      return waiting.length;
    },
    get isFree() {
      return isFree();
    },
    ask: () => {
      if (waiting.length > 0) tellShortage();
    },
    onShortage(listener) {
      tellShortage = listener;
    },
    tryAcquire: () => (isFree() ? take() : undefined),
    refusal,
    async acquire(request) {
      request.signal.throwIfAborted();
      if (isFree()) return take(request.ownerId);
      return wait(request);
    },
  };
}

function toTimeout(ms: number): CspError {
  const text =
    `No agent process became free within ${Math.round(ms / 1000)} s: all of them are at work. ` +
    'Nothing is lost; send a message to try again';
  return new CspError('overloaded', text, { retryAfterMs: RETRY_AFTER_MS });
}
