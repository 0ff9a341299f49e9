/** What a view of a session got wrong. */
export interface LedgerFaults {
  lost: number;
  doubled: number;
  outOfOrder: number;
}

/** What one client has seen of one session: the ids of its events by their `seq`. */
export interface EventLedger {
  readonly faults: LedgerFaults;
  /** By position: the event with `seq` 1 first. */
  readonly ids: readonly string[];
  note: (seq: number, eventId: string) => void;
}

/** Begins after `seq` 0, so everything that is then missing counts as lost. */
export function createEventLedger(): EventLedger {
  const ids: string[] = [];
  const faults = { lost: 0, doubled: 0, outOfOrder: 0 };
  return {
    faults,
    ids,
    note(seq, eventId) {
      if (seq === ids.length + 1) {
        ids.push(eventId);
        return;
      }
      if (seq > ids.length + 1) {
        faults.lost += seq - ids.length - 1;
        ids.length = seq - 1;
        ids[seq - 1] = eventId;
      } else if (ids[seq - 1] === eventId) faults.doubled += 1;
      else faults.outOfOrder += 1;
    },
  };
}

/** What a view lacks, or has otherwise, of what is stored: both as ids in the order of `seq`. Pure. */
export function compareToStore(seen: readonly string[], stored: readonly string[]): LedgerFaults {
  const faults = { lost: Math.max(0, stored.length - seen.length), doubled: 0, outOfOrder: 0 };
  for (const [index, id] of seen.entries()) {
    if (id !== undefined && stored[index] !== id) faults.outOfOrder += 1;
  }
  return faults;
}
