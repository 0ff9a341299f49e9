import type { ListedEvent } from '@claude-sdk-pattern/protocol';

import { reduceEvents } from './reduce-session.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

/** How many cuts are tried. If none of them is clean, all events are folded again. */
const MAX_CUTS = 3;

/**
 * Returns the view of `older` and `events` together, where `view` is the fold of `events`, and `older` comes directly
 * before them. Pure. The result equals a fold of all events. The part after the first clean cut is not folded again and
 * keeps its identity, so that loading older pages does not get slower with every page.
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
  // Previews are not in any journal, so a fold of events lacks them.
  return { ...reduceEvents(emptySessionView, [...older, ...events]), previews: view.previews };
}

/**
 * The index of the first message after the session became idle, which is where one turn has ended and the next begins.
 */
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
  /** The events that are in both folds. */
  head: readonly ListedEvent[];
  rest: readonly ListedEvent[];
}

/** Returns null if an event after the cut refers to an item before it. */
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
    isBranched: before.isBranched || view.isBranched,
    process: view.process === emptySessionView.process ? before.process : view.process,
    tasks: view.tasks === emptySessionView.tasks ? before.tasks : view.tasks,
    todos: view.todos === emptySessionView.todos ? before.todos : view.todos,
    title: view.title === undefined ? before.title : view.title,
    model: view.model ?? before.model,
    permissionMode: view.permissionMode ?? before.permissionMode,
    costUsd: view.costUsd ?? before.costUsd,
    tokens: view.tokens ?? before.tokens,
    signIns: new Map([...before.signIns, ...view.signIns]),
  };
}

/** Events whose row belongs to the previous turn if no new turn has begun. */
const REMARKS: ReadonlySet<string> = new Set([
  'session.notice',
  'session.error',
  'session.process_restarting',
  'session.background_tasks_updated',
]);

/**
 * Whether a turn begins before the first text or remark. Otherwise that text or remark would belong to the previous
 * turn.
 */
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

/** Whether folding the event would read an item or a thread of the view. */
function refersTo(event: ListedEvent, { items, threads, tasks }: SessionView): boolean {
  if ('session_thread_id' in event && threads.has(event.session_thread_id ?? '')) return true;
  switch (event.type) {
    case 'agent.tool_result':
    case 'user.tool_confirmation':
      return items.has(event.tool_use_id);
    case 'agent.mcp_tool_result':
      return items.has(event.mcp_tool_use_id);
    case 'user.custom_tool_result':
      return items.has(event.custom_tool_use_id);
    case 'session.approval_requested':
    case 'session.approval_cancelled':
      return items.has(event.event_id);
    case 'session.message_withdrawn':
      return items.has(event.message_id);
    case 'session.thread_created':
      return items.has(event.tool_use_id ?? '');
    case 'session.turn_started':
      return (
        event.message_ids.some((id) => items.has(id)) ||
        tasks.some(({ task_id: id }) => event.cause?.task_ids.includes(id) === true)
      );
    case 'session.status_idle':
      return event.stop_reason.type === 'requires_action' && event.stop_reason.event_ids.some((id) => items.has(id));
    default:
      return false;
  }
}
