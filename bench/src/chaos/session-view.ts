/** Called for each error in a view, with its kind and place. */
export type OnViolation = (kind: 'lost' | 'doubled' | 'outOfOrder', sentence: string) => void;

/** What one client has seen of one session, over all its attachments. */
export interface SessionView {
  /** The ids of events by their `seq`. */
  readonly seen: ReadonlyMap<number, string>;
  /** The `seq` up to which the client has seen every event from the first one. */
  readonly contiguous: number;
  /** An attachment begins. The next event must have this `seq`. */
  begin: (firstSeq: number) => void;
  /** No event may arrive until the next attachment begins. */
  end: () => void;
  note: (seq: number, eventId: string) => void;
}

/**
 * Checks that each attachment sends every `seq` once, in order, without a gap. A new attachment may send the same
 * events again, but they must be identical.
 */
export function createSessionView(name: string, onViolation: OnViolation): SessionView {
  const seen = new Map<number, string>();
  let next: number | undefined;
  let contiguous = 0;
  return {
    seen,
    get contiguous() {
      while (seen.has(contiguous + 1)) contiguous += 1;
      return contiguous;
    },
    begin(firstSeq) {
      next = firstSeq;
    },
    end() {
      next = undefined;
    },
    note(seq, eventId) {
      const known = seen.get(seq);
      if (next === undefined) onViolation('doubled', `${name}: seq ${seq} came where nothing is followed`);
      else if (seq > next) onViolation('lost', `${name}: seq ${seq} came where ${next} was due`);
      else if (seq < next && known === eventId) onViolation('doubled', `${name}: seq ${seq} came again`);
      else if (seq < next) onViolation('outOfOrder', `${name}: seq ${seq} came where ${next} was due`);
      if (known !== undefined && known !== eventId)
        onViolation('outOfOrder', `${name}: seq ${seq} was ${known}, then ${eventId}`);
      seen.set(seq, eventId);
      if (next !== undefined) next = Math.max(next, seq + 1);
    },
  };
}
