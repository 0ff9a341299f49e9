import type { ListedEvent } from '@claude-sdk-pattern/protocol';

import { reduceEvents } from './reduce-session.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

/** So many places to cut are tried; a journal that has none of them clean is folded whole. */
const MAX_CUTS = 3;

/**
 * The view of `older` and `events` together, where `view` is the fold of `events` and `older` comes right before them.
 * Pure, and equal to folding all anew; but what stands after the first clean cut keeps its identity and is not folded
 * again, so that paging back through a long history takes no longer with every page.
 */
export function prependEvents(
  view: SessionView,
  older: readonly ListedEvent[],
  events: readonly ListedEvent[],
): SessionView {
  let at = 0;
  for (let tries = 0; tries < MAX_CUTS; tries += 1) {
    const cut = findCut(events, at);
    if (cut === null) break;
    const before = reduceEvents(emptySessionView, [...older, ...events.slice(0, cut)]);
    const joined = join(before, view, { head: events.slice(0, cut), rest: events.slice(cut) });
    if (joined !== null) return joined;
    at = cut;
  }
  // Only previews are in no journal.
  return { ...reduceEvents(emptySessionView, [...older, ...events]), previews: view.previews };
}

/** The first message after the session came to rest: there a turn ends and another will begin. */
function findCut(events: readonly ListedEvent[], from: number): number | null {
  let rests = false;
  for (let index = from; index < events.length; index += 1) {
    const event = events[index];
    if (event?.type === 'session.status_idle') rests = event.stop_reason.type !== 'requires_action';
    else if (event?.type === 'session.status_running') rests = false;
    else if (rests && event?.type === 'user.message') return index;
  }
  return null;
}

interface Parts {
  /** What both folds hold. */
  head: readonly ListedEvent[];
  rest: readonly ListedEvent[];
}

/** Null where something after the cut speaks of something before it. */
function join(before: SessionView, view: SessionView, { head, rest }: Parts): SessionView | null {
  if (before.turns.at(-1)?.summary === null || before.waitingIds.length > 0 || !beginsTurn(rest)) return null;
  if (rest.some((event) => refersTo(event, before))) return null;
  const headIds = new Set(head.map((event) => event.id));
  const firstOfRest = view.turns.findIndex((turn) => !headIds.has(turn.id));
  const split = firstOfRest === -1 ? view.turns.length : firstOfRest;
  return {
    ...view,
    items: merge(before.items, view.items),
    threads: merge(before.threads, view.threads),
    turns: [...before.turns, ...view.turns.slice(split)],
    process: view.process === emptySessionView.process ? before.process : view.process,
    todos: view.todos === emptySessionView.todos ? before.todos : view.todos,
    title: view.title === undefined ? before.title : view.title,
    model: view.model ?? before.model,
    permissionMode: view.permissionMode ?? before.permissionMode,
    costUsd: view.costUsd ?? before.costUsd,
    tokens: view.tokens ?? before.tokens,
  };
}

/** These stand at the end of the turn before, if no other has begun. */
const REMARKS: ReadonlySet<string> = new Set(['session.notice', 'session.error', 'session.process_restarting']);

/** Whether a turn begins before anything is said or remarked, which would stand at the end of the turn before. */
function beginsTurn(rest: readonly ListedEvent[]): boolean {
  for (const { type } of rest) {
    if (type === 'session.turn_started') return true;
    if (type.startsWith('agent.') || REMARKS.has(type)) return false;
  }
  return true;
}

function merge<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, T> {
  const merged = new Map(before);
  for (const [id, value] of after) if (!merged.has(id)) merged.set(id, value);
  return merged;
}

/** Whether folding the event would look at an item or a thread of the view. */
function refersTo(event: ListedEvent, { items, threads }: SessionView): boolean {
  if ('session_thread_id' in event && threads.has(event.session_thread_id ?? '')) return true;
  switch (event.type) {
    case 'agent.tool_result':
    case 'user.tool_confirmation':
      return items.has(event.tool_use_id);
    case 'agent.mcp_tool_result':
      return items.has(event.mcp_tool_use_id);
    case 'session.approval_requested':
    case 'session.approval_cancelled':
      return items.has(event.event_id);
    case 'session.message_withdrawn':
      return items.has(event.message_id);
    case 'session.thread_created':
      return items.has(event.tool_use_id ?? '');
    case 'session.turn_started':
      return event.message_ids.some((id) => items.has(id));
    case 'session.status_idle':
      return event.stop_reason.type === 'requires_action' && event.stop_reason.event_ids.some((id) => items.has(id));
    default:
      return false;
  }
}
