/** Called with what a view got wrong: the kind, and where. */
export type OnViolation = (kind: 'lost' | 'doubled' | 'outOfOrder', sentence: string) => void;

/** What one client has seen of one session, over all its attachments. */
export interface SessionView {
  /** The ids of events by their `seq`. */
  readonly seen: ReadonlyMap<number, string>;
  /** The `seq` up to which it has seen everything from the first event on. */
  readonly contiguous: number;
  /** An attachment begins: this `seq` has to be the next. */
  begin: (firstSeq: number) => void;
  /** Nothing may come until the next attachment begins. */
  end: () => void;
  note: (seq: number, eventId: string) => void;
}

/**
 * Holds each attachment to its promise: from where it began, every `seq` once, in order, without a gap. What is asked for
 * again by a new attachment is no repeat, but has to be the same event.
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
