import type { PreviewEvent } from '@claude-sdk-pattern/protocol';

type Start = Extract<PreviewEvent, { type: 'event_start' }>;

/** The previews of one session that have begun and whose events are not in the journal yet, with their text so far. */
export interface PreviewBoard {
  add(preview: PreviewEvent): void;
  /** An event with this id ends its preview. */
  end(eventId: string): void;
  clear(): void;
  isEmpty(): boolean;
  /** For whoever attaches in the middle: each preview as its start and one delta with the text so far. */
  snapshot(): PreviewEvent[];
}

export function createPreviewBoard(): PreviewBoard {
  const open = new Map<string, { start: Start; chunks: string[] }>();
  return {
    add(preview) {
      if (preview.type === 'event_start') open.set(preview.event.id, { start: preview, chunks: [] });
      else open.get(preview.event_id)?.chunks.push(preview.delta.content.text);
    },
    end(eventId) {
      open.delete(eventId);
    },
    clear() {
      open.clear();
    },
    isEmpty: () => open.size === 0,
    snapshot() {
      return [...open.values()].flatMap(({ start, chunks }): PreviewEvent[] => {
        if (chunks.length === 0) return [start];
        const text = chunks.join('');
        chunks.splice(0, chunks.length, text);
        const delta = { type: 'content_delta', content: { type: 'text', text }, index: 0 } as const;
        return [start, { type: 'event_delta', event_id: start.event.id, delta }];
      });
    },
  };
}
