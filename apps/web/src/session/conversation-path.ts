import { findConversationPath, isOnPath, type EventRange } from '@claude-sdk-pattern/protocol/conversation-path';
import type { ListedEvent } from '@claude-sdk-pattern/protocol';

/** A part of the journal without the events of other branches. */
export interface PathPage {
  events: ListedEvent[];
  /** The conversation goes on with the events before this `seq`; 1 where it begins in this part. */
  before: number;
}

/** What is true of the session in every branch. It is kept where it was said, so that a fold has the last of each. */
const SESSION_WIDE: ReadonlySet<string> = new Set([
  'session.updated',
  'session.usage',
  'session.process_hibernated',
  'session.process_ready',
]);

/**
 * The events of a page that are the conversation, where the page is a part of the journal without gaps whose newest event is a part of
 * the conversation. Pure.
 */
export function followPath(page: readonly ListedEvent[], before: number): PathPage {
  const events: ListedEvent[] = [];
  let head = before - 1;
  for (const event of page.toReversed()) {
    if (event.seq > head && !SESSION_WIDE.has(event.type)) continue;
    events.unshift(event);
    if (event.seq <= head) head = event.type === 'session.branched' ? event.head_seq : event.seq - 1;
  }
  return { events, before: head + 1 };
}

/** The events up to the head of a branch that begins in the conversation; null where it does not, or where that part is not loaded. */
export function cutAtHead(events: readonly ListedEvent[], headSeq: number): ListedEvent[] | null {
  if (headSeq > 0 && !isLoaded(events, headSeq)) return null;
  return events.filter(({ seq, type }) => seq <= headSeq || SESSION_WIDE.has(type));
}

/**
 * Joins the loaded conversation with the part `page` of another branch, from where both are the same. Without such a place in the
 * page, the page alone. What was said later of the whole session, such as its usage, stays. Pure.
 */
export function joinBranch(loaded: PathPage, page: PathPage): PathPage {
  const last = page.events.at(-1)?.seq ?? 0;
  const later = loaded.events.filter(({ seq, type }) => seq > last && SESSION_WIDE.has(type));
  const events = [...page.events, ...later];
  const first = page.events.find(({ seq, type }) => !SESSION_WIDE.has(type) && seq >= page.before)?.seq;
  if (first === undefined || !isLoaded(loaded.events, first)) return { events, before: page.before };
  return { events: [...loaded.events.filter(({ seq }) => seq < first), ...events], before: loaded.before };
}

/** Whether the event with this `seq` is a part of the conversation, and is loaded. */
function isLoaded(events: readonly ListedEvent[], wanted: number): boolean {
  return isOnPath(toPath(events), wanted) && events.some(({ seq }) => seq === wanted);
}

function toPath(events: readonly ListedEvent[]): EventRange[] {
  const branchings = events.flatMap((event) =>
    event.type === 'session.branched' ? [{ seq: event.seq, headSeq: event.head_seq }] : [],
  );
  return findConversationPath(branchings, events.at(-1)?.seq ?? 0);
}
