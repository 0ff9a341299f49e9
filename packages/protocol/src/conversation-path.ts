/** The part of `session.branched` that says where the conversation went on. */
export interface Branching {
  /** The `seq` of the `session.branched` event. */
  seq: number;
  /** The `seq` of the last event before it that is still a part of the conversation; 0 where none is. */
  headSeq: number;
}

/** A run of events: from `first` to `last`, both included. */
export interface EventRange {
  first: number;
  last: number;
}

/**
 * The events that are the conversation as it is at the event `through`, oldest range first. Each `session.branched` leads from its
 * own `seq` back to its `headSeq`; what lies between belongs to other branches. `branchings` rise in `seq`, and may have later
 * ones, which are ignored. Pure.
 */
export function findConversationPath(branchings: readonly Branching[], through: number): EventRange[] {
  const ranges: EventRange[] = [];
  let last = through;
  for (const { seq, headSeq } of branchings.toReversed()) {
    if (seq > last) continue;
    ranges.unshift({ first: seq, last });
    last = headSeq;
  }
  if (last > 0) ranges.unshift({ first: 1, last });
  return ranges;
}

/** Whether the event with this `seq` is on a path. */
export function isOnPath(path: readonly EventRange[], seq: number): boolean {
  return path.some(({ first, last }) => seq >= first && seq <= last);
}

/** GET /api/v1/sessions/{id}/branches: a place from where the conversation went on in several ways. */
export interface BranchPlace {
  /** The `seq` of the last event that the ways have in common; 0 where they have none. */
  head_seq: number;
  /** The `user.message` that each way begins with, in the order of their turns. */
  message_ids: string[];
  /** Of the way that the conversation goes now; null where it goes none of them. */
  current_id: string | null;
}
