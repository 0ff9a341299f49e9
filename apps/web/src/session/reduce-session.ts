import type { ListedEvent, PreviewEvent } from '@claude-sdk-pattern/protocol';

import { reduceAgentEvent } from './reduce-agent-events.ts';
import { reduceSessionEvent } from './reduce-session-events.ts';
import { reduceUserEvent } from './reduce-user-events.ts';
import { closeDraft, openDraft, type SessionDraft } from './session-draft.ts';
import type { SessionView } from './session-view.ts';

/** What reaches a session's store: a numbered event, or a piece of a preview with the moment it came (ms). */
export type SessionInput =
  | { type: 'event'; event: ListedEvent }
  | { type: 'preview'; event: PreviewEvent; at: number }
  /** The server attached this browser again: it sends previews anew. */
  | { type: 'attached' };

/**
 * Folds a batch of inputs into a view. Pure. Events that the view already holds (`seq` not above `lastSeq`) are
 * skipped, so a replay that overlaps changes nothing; event types it does not know only move `lastSeq`. How a
 * sequence is cut into batches makes no difference to the result.
 */
export function reduceSession(view: SessionView, inputs: readonly SessionInput[]): SessionView {
  if (!inputs.some((input) => input.type !== 'event' || input.event.seq > view.lastSeq)) return view;
  if (inputs.every((input) => input.type === 'preview')) return reducePreviews(view, inputs);
  const draft = openDraft(view);
  for (const input of inputs) {
    if (input.type === 'preview') applyPreview(draft, input.event, input.at);
    else if (input.type === 'attached') orphanPreviews(draft);
    else applyEvent(draft, input.event);
  }
  return closeDraft(draft);
}

/** Most batches of a turn hold nothing else, and a long session's items need not be copied for each frame of an answer. */
function reducePreviews(view: SessionView, inputs: readonly (SessionInput & { type: 'preview' })[]): SessionView {
  const draft = { ...view };
  for (const { event, at } of inputs) applyPreview(draft, event, at);
  return draft;
}

/** Folds events alone, as a journal page holds them. */
export function reduceEvents(view: SessionView, events: readonly ListedEvent[]): SessionView {
  return reduceSession(
    view,
    events.map((event) => ({ type: 'event', event })),
  );
}

function applyEvent(draft: SessionDraft, event: ListedEvent): void {
  if (event.seq <= draft.lastSeq) return;
  draft.lastSeq = event.seq;
  endPreview(draft, event.id);
  if (SAYS_MORE.has(event.type)) dropOrphans(draft, threadOf(event));
  if (event.type.startsWith('user.')) reduceUserEvent(draft, event);
  else if (event.type.startsWith('agent.')) reduceAgentEvent(draft, event);
  else reduceSessionEvent(draft, event);
}

type PreviewDraft = Pick<SessionView, 'items'> & Pick<SessionDraft, 'previews' | 'retry' | 'process'>;

function applyPreview(draft: PreviewDraft, event: PreviewEvent, at: number): void {
  if (event.type === 'queue_position') {
    const { process } = draft;
    draft.process = {
      state: 'queued',
      position: event.position,
      since: process.state === 'queued' ? process.since : at,
    };
    return;
  }
  draft.retry = null;
  const previews = new Map(draft.previews);
  if (event.type === 'event_start') {
    // A late start of an event that is already here would show its text twice.
    if (draft.items.has(event.event.id)) return;
    const kind = event.event.type === 'agent.thinking' ? 'thinking' : 'text';
    const startedAt = draft.previews.get(event.event.id)?.startedAt ?? at;
    const threadId = event.session_thread_id ?? null;
    for (const { id } of findOrphans(previews, threadId)) previews.delete(id);
    previews.set(event.event.id, {
      id: event.event.id,
      kind,
      threadId,
      text: '',
      startedAt,
      orphaned: false,
    });
  } else {
    const preview = draft.previews.get(event.event_id);
    if (preview === undefined) return;
    previews.set(event.event_id, { ...preview, text: preview.text + event.delta.content.text });
  }
  draft.previews = previews;
}

function endPreview(draft: SessionDraft, id: string): void {
  if (!draft.previews.has(id)) return;
  const previews = new Map(draft.previews);
  previews.delete(id);
  draft.previews = previews;
}

/** After these an agent that left a text unfinished has gone on without it. */
const SAYS_MORE: ReadonlySet<string> = new Set([
  'agent.message',
  'agent.thinking',
  'agent.tool_use',
  'agent.mcp_tool_use',
]);

function threadOf(event: ListedEvent): string | null {
  return 'session_thread_id' in event ? (event.session_thread_id ?? null) : null;
}

/** What was being written stays in sight: the server sends anew what goes on, and tells of a process that died. */
function orphanPreviews(draft: SessionDraft): void {
  draft.previews = new Map(Array.from(draft.previews, ([id, preview]) => [id, { ...preview, orphaned: true }]));
}

function dropOrphans(draft: SessionDraft, threadId: string | null): void {
  for (const { id } of findOrphans(draft.previews, threadId)) endPreview(draft, id);
}

function findOrphans(previews: SessionDraft['previews'], threadId: string | null) {
  return [...previews.values()].filter((preview) => preview.orphaned && preview.threadId === threadId);
}
