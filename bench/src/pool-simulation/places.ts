/** Places for live processes, given away in the order of asking: `processes/places.ts` in virtual time. */
export interface Places {
  readonly used: number;
  readonly waiting: number;
  /** Takes a place that nobody waits for; false when there is none. */
  tryTake(): boolean;
  /** Calls back when there is a place, perhaps at once. False when too many wait: then it is refused. */
  take(granted: () => void): boolean;
  release(): void;
}

/** As in `process-places.ts`. */
const MAX_WAITING = 1000;

export function createPlaces(options: { max: number; askForRoom: () => void }): Places {
  let used = 0;
  const waiting: (() => void)[] = [];
  return {
    get used() {
      return used;
    },
    get waiting() {
      return waiting.length;
    },
    tryTake() {
      if (used >= options.max || waiting.length > 0) return false;
      used += 1;
      return true;
    },
    take(granted) {
      if (used < options.max && waiting.length === 0) {
        used += 1;
        granted();
        return true;
      }
      if (waiting.length >= MAX_WAITING) return false;
      waiting.push(granted);
      options.askForRoom();
      return true;
    },
    release() {
      const next = waiting.shift();
      if (next === undefined) {
        used -= 1;
        return;
      }
      next();
      if (waiting.length > 0) options.askForRoom();
    },
  };
}
