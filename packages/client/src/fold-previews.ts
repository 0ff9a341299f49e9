import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

/** An event still being produced: what is known of it so far. */
export interface Preview {
  eventId: string;
  type: 'agent.message' | 'agent.thinking';
  /** The text of each content block so far. */
  blocks: readonly string[];
  /** All of it in one. */
  text: string;
  /** The thread of a subagent, or null for the session's own agent. */
  threadId: string | null;
}

/** By event id, oldest first. */
export type Previews = ReadonlyMap<string, Preview>;

export const NO_PREVIEWS: Previews = new Map();

/**
 * Folds a preview, or the event that ends one, into the previews so far; pure. Returns the same map where nothing
 * changes. A repeated `event_start` begins the text anew: that is how the server brings a late reader up to date.
 */
export function foldPreviews(previews: Previews, next: PreviewEvent | SessionEvent): Previews {
  switch (next.type) {
    case 'event_start': {
      const { id, type } = next.event;
      const preview = { eventId: id, type, blocks: [], text: '', threadId: next.session_thread_id ?? null };
      return new Map(previews).set(id, preview);
    }
    case 'event_delta': {
      const preview = previews.get(next.event_id);
      if (!preview) return previews;
      const blocks = [...preview.blocks];
      const index = next.delta.index ?? 0;
      while (blocks.length <= index) blocks.push('');
      blocks[index] += next.delta.content.text;
      return new Map(previews).set(preview.eventId, { ...preview, blocks, text: blocks.join('') });
    }
    case 'queue_position':
      return previews;
    default:
      return without(previews, next.id);
  }
}

function without(previews: Previews, id: string): Previews {
  if (!previews.has(id)) return previews;
  const rest = new Map(previews);
  rest.delete(id);
  return rest;
}
