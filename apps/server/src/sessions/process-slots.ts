import { CspError } from '@claude-sdk-pattern/protocol';

/** A place among the live processes. Release it when the process is gone. */
export interface Slot {
  release(): void;
}

export interface SlotRequest {
  /** Called when the request has to wait, and whenever its place changes; 1 is next. */
  onPosition(position: number): void;
  /** Gives the place in the queue up. */
  signal: AbortSignal;
}

export interface ProcessSlots {
  /**
   * Resolves when there is a place; in the order of the requests. Rejects with the signal's reason when it is aborted
   * while waiting.
   * @throws CspError `overloaded` when too many wait already.
   */
  acquire(request: SlotRequest): Promise<Slot>;
  /** A place that nobody waits for, or undefined. Never makes anyone give one up. */
  tryAcquire(): Slot | undefined;
  readonly used: number;
  /** How many requests have no place yet. */
  readonly waiting: number;
}

/** How many sessions may wait for a place; the next one is refused. */
const MAX_WAITING = 1000;

/** Bounds the number of live agent processes. When all places are taken it asks for one to be given up, then waits. */
export function createProcessSlots(options: { max: number; askForRoom: () => void }): ProcessSlots {
  let used = 0;
  const waiting: { request: SlotRequest; grant: (slot: Slot) => void }[] = [];

  const tellPositions = () => waiting.forEach(({ request }, index) => request.onPosition(index + 1));

  const toSlot = (): Slot => {
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        used -= 1;
        grantNext();
      },
    };
  };

  const grantNext = () => {
    if (used >= options.max) return;
    const next = waiting.shift();
    if (next === undefined) return;
    used += 1;
    next.grant(toSlot());
    tellPositions();
    if (waiting.length > 0) options.askForRoom();
  };

  return {
    get used() {
      return used;
    },
    get waiting() {
      return waiting.length;
    },
    tryAcquire() {
      if (used >= options.max || waiting.length > 0) return undefined;
      used += 1;
      return toSlot();
    },
    async acquire(request) {
      request.signal.throwIfAborted();
      if (used < options.max && waiting.length === 0) {
        used += 1;
        return toSlot();
      }
      if (waiting.length >= MAX_WAITING) {
        throw new CspError('overloaded', 'Too many sessions wait for an agent process. Try again later', {
          retryAfterMs: 30_000,
        });
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          tellPositions();
          reject(request.signal.reason as Error);
        };
        const waiter = {
          request,
          grant(slot: Slot) {
            request.signal.removeEventListener('abort', leave);
            resolve(slot);
          },
        };
        request.signal.addEventListener('abort', leave, { once: true });
        waiting.push(waiter);
        request.onPosition(waiting.length);
        options.askForRoom();
      });
    },
  };
}
