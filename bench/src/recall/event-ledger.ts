/** The errors in a view of a session. */
export interface LedgerFaults {
  lost: number;
  doubled: number;
  outOfOrder: number;
}

/** What one client has seen of one session: the ids of its events by `seq`. */
export interface EventLedger {
  readonly faults: LedgerFaults;
  /** By position, beginning with the event of `seq` 1. */
  readonly ids: readonly string[];
  note: (seq: number, eventId: string) => void;
}

/** Begins after `seq` 0, so that an event missing at the beginning counts as lost. */
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

/** The differences between a view and the store; both are lists of ids in the order of `seq`. Pure. */
export function compareToStore(seen: readonly string[], stored: readonly string[]): LedgerFaults {
  const faults = { lost: Math.max(0, stored.length - seen.length), doubled: 0, outOfOrder: 0 };
  for (const [index, id] of seen.entries()) {
    if (id !== undefined && stored[index] !== id) faults.outOfOrder += 1;
  }
  return faults;
}
