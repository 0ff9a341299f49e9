import { foldPreviewsWith, type Preview } from '@claude-sdk-pattern/client';
import type { ListedEvent, PreviewEvent } from '@claude-sdk-pattern/protocol';

import { reduceAgentEvent } from './reduce-agent-events.ts';
import { reduceSessionEvent } from './reduce-session-events.ts';
import { reduceUserEvent } from './reduce-user-events.ts';
import { closeDraft, openDraft, type SessionDraft } from './session-draft.ts';
import type { PreviewView, SessionView } from './session-view.ts';

/** An input of a session's store: an event with a `seq`, or a part of a preview with the time when it arrived (ms). */
export type SessionInput =
  | { type: 'event'; event: ListedEvent }
  | { type: 'preview'; event: PreviewEvent; at: number }
  /** The server attached this browser again, and will send the previews again. */
  | { type: 'attached' };

/**
 * Folds a batch of inputs into a view. Pure. Events that the view already holds (`seq` not above `lastSeq`) are
 * skipped, so a replay that overlaps changes nothing. Unknown event types only change `lastSeq`. The result does not
 * depend on how the inputs are divided into batches.
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

/**
 * Most batches of a turn contain only previews; they do not copy the items of a long session for each frame of an
 * answer.
 */
function reducePreviews(view: SessionView, inputs: readonly (SessionInput & { type: 'preview' })[]): SessionView {
  const draft = { ...view };
  for (const { event, at } of inputs) applyPreview(draft, event, at);
  return draft;
}

/** Folds events alone, as in a page of the journal. */
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

type PreviewDraft = Pick<SessionView, 'items'> & Pick<SessionDraft, 'previews' | 'retry' | 'process' | 'opening'>;

function applyPreview(draft: PreviewDraft, event: PreviewEvent, at: number): void {
  if (event.type === 'resource_progress') {
    const { phase, percent = null, entries = null } = event;
    draft.opening = { url: event.repository_url ?? event.path ?? '', phase, percent, entries };
    return;
  }
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
  // If the event itself is here already, a late start of its preview would show the text twice.
  if (event.type === 'event_start' && draft.items.has(event.event.id)) return;
  foldPreview(draft, event, at);
  if (event.type === 'event_start') dropOrphans(draft, event.session_thread_id ?? null);
}

/** Folds previews as every client does, with the additional fields of the interface. */
function foldPreview(draft: Pick<SessionDraft, 'previews'>, next: PreviewEvent | ListedEvent, at = 0): void {
  const begin = (preview: Preview, before: PreviewView | undefined): PreviewView => ({
    ...preview,
    startedAt: before?.startedAt ?? at,
    orphaned: false,
  });
  draft.previews = foldPreviewsWith(begin, draft.previews, next);
}

/** After one of these, the agent has continued without finishing its earlier text. */
const SAYS_MORE: ReadonlySet<string> = new Set([
  'agent.message',
  'agent.thinking',
  'agent.tool_use',
  'agent.mcp_tool_use',
  'agent.custom_tool_use',
]);

function threadOf(event: ListedEvent): string | null {
  return 'session_thread_id' in event ? (event.session_thread_id ?? null) : null;
}

/** Keeps unfinished texts visible: the server sends running previews again, and reports if the process died. */
function orphanPreviews(draft: SessionDraft): void {
  draft.previews = new Map(Array.from(draft.previews, ([id, preview]) => [id, { ...preview, orphaned: true }]));
}

function dropOrphans(draft: Pick<SessionDraft, 'previews'>, threadId: string | null): void {
  const isLeft = (preview: PreviewView) => preview.orphaned && preview.threadId === threadId;
  if (![...draft.previews.values()].some(isLeft)) return;
  draft.previews = new Map([...draft.previews].filter(([, preview]) => !isLeft(preview)));
}
