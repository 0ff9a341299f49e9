import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

/** An event that is still being produced, as far as it has come. */
export interface Preview {
  eventId: string;
  type: 'agent.message' | 'agent.thinking';
  /** The text of each content block so far. */
  blocks: readonly string[];
  /** The text of all blocks. */
  text: string;
  /** The thread of a subagent, or null for the session's own agent. */
  threadId: string | null;
}

/** By event id, oldest first. */
export type Previews = ReadonlyMap<string, Preview>;

export const NO_PREVIEWS: Previews = new Map();

/**
 * Adds a preview, or the event that ends one, to the previews so far. Pure; returns the same map when nothing
 * changes. A repeated `event_start` begins the text again: so the server brings a late reader up to date.
 */
export function foldPreviews(previews: Previews, next: PreviewEvent | SessionEvent): Previews {
  return foldPreviewsWith((preview) => preview, previews, next);
}

/** The same for callers that keep more for each preview: `begin` makes it for a preview that starts or starts again. */
export function foldPreviewsWith<P extends Preview>(
  begin: (preview: Preview, before: P | undefined) => P,
  previews: ReadonlyMap<string, P>,
  next: PreviewEvent | SessionEvent,
): ReadonlyMap<string, P> {
  switch (next.type) {
    case 'event_start': {
      const { id, type } = next.event;
      const preview: Preview = { eventId: id, type, blocks: [], text: '', threadId: next.session_thread_id ?? null };
      return new Map(previews).set(id, begin(preview, previews.get(id)));
    }
    case 'event_delta': {
      const preview = previews.get(next.event_id);
      if (!preview) return previews;
      const blocks = [...preview.blocks];
      const index = next.delta.index ?? 0;
      while (blocks.length <= index) blocks.push('');
      const added = next.delta.content.text;
      blocks[index] += added;
      // Joining all blocks copies the whole text, which grows with every word.
      const text = index === blocks.length - 1 ? preview.text + added : blocks.join('');
      return new Map(previews).set(preview.eventId, { ...preview, blocks, text });
    }
    case 'queue_position':
    case 'resource_progress':
      return previews;
    default:
      return without(previews, next.id);
  }
}

function without<P>(previews: ReadonlyMap<string, P>, id: string): ReadonlyMap<string, P> {
  if (!previews.has(id)) return previews;
  const rest = new Map(previews);
  rest.delete(id);
  return rest;
}
