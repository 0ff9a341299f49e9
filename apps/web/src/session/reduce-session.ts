import { foldPreviewsWith, type Preview } from '@claude-sdk-pattern/client';
import type { ListedEvent, PreviewEvent } from '@claude-sdk-pattern/protocol';

import { reduceAgentEvent } from './reduce-agent-events.ts';
import { reduceSessionEvent } from './reduce-session-events.ts';
import { reduceUserEvent } from './reduce-user-events.ts';
import { closeDraft, openDraft, type SessionDraft } from './session-draft.ts';
import type { PreviewView, SessionView } from './session-view.ts';

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
  foldPreview(draft, event);
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
  // A late start of an event that is already here would show its text twice.
  if (event.type === 'event_start' && draft.items.has(event.event.id)) return;
  foldPreview(draft, event, at);
  if (event.type === 'event_start') dropOrphans(draft, event.session_thread_id ?? null);
}

/** As every client folds them, with what the interface wants to know besides. */
function foldPreview(draft: Pick<SessionDraft, 'previews'>, next: PreviewEvent | ListedEvent, at = 0): void {
  const begin = (preview: Preview, before: PreviewView | undefined): PreviewView => ({
    ...preview,
    startedAt: before?.startedAt ?? at,
    orphaned: false,
  });
  draft.previews = foldPreviewsWith(begin, draft.previews, next);
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

function dropOrphans(draft: Pick<SessionDraft, 'previews'>, threadId: string | null): void {
  const isLeft = (preview: PreviewView) => preview.orphaned && preview.threadId === threadId;
  if (![...draft.previews.values()].some(isLeft)) return;
  draft.previews = new Map([...draft.previews].filter(([, preview]) => !isLeft(preview)));
}
