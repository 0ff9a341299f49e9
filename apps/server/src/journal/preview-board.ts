import type {
  PreviewEvent,
  QueuePositionPreview,
  ResourceProgressPreview,
  SessionEvent,
} from '@claude-sdk-pattern/protocol';

type Start = Extract<PreviewEvent, { type: 'event_start' }>;

/** The previews of one session whose events are not in the journal yet, with their text so far. */
export interface PreviewBoard {
  add(preview: PreviewEvent): void;
  /** Drops the preview with the event's id; some events drop others too. */
  end(event: Pick<SessionEvent, 'id' | 'type'>): void;
  clear(): void;
  isEmpty(): boolean;
  /** For a client that attaches in the middle: each preview as its start and one delta with the text so far. */
  snapshot(): PreviewEvent[];
}

/** After these events no preview becomes an event: the turn has ended, or its model request starts again. */
const ENDS_ALL: ReadonlySet<SessionEvent['type']> = new Set<SessionEvent['type']>([
  'session.status_idle',
  'session.status_rescheduled',
  'session.status_terminated',
]);
/** After these events the last queue position is outdated. */
const ENDS_QUEUE_POSITION: ReadonlySet<SessionEvent['type']> = new Set<SessionEvent['type']>([
  'session.process_queued',
  'session.process_starting',
  'session.process_hibernated',
]);

/** After these events a repository is open, or is not. */
const ENDS_PROGRESS: ReadonlySet<SessionEvent['type']> = new Set<SessionEvent['type']>([
  'session.resource_mounted',
  'session.error',
  'session.process_ready',
  'session.process_hibernated',
]);

export function createPreviewBoard(): PreviewBoard {
  let queuePosition: QueuePositionPreview | undefined;
  /** The newest, until its repository is there or has failed. */
  let progress: ResourceProgressPreview | undefined;
  const open = new Map<string, { start: Start; chunks: string[] }>();
  return {
    add(preview) {
      if (preview.type === 'queue_position') queuePosition = preview;
      else if (preview.type === 'resource_progress') progress = preview;
      else if (preview.type === 'event_start') open.set(preview.event.id, { start: preview, chunks: [] });
      else open.get(preview.event_id)?.chunks.push(preview.delta.content.text);
    },
    end({ id, type }) {
      open.delete(id);
      if (ENDS_ALL.has(type)) open.clear();
      if (ENDS_ALL.has(type) || ENDS_QUEUE_POSITION.has(type)) queuePosition = undefined;
      if (ENDS_PROGRESS.has(type)) progress = undefined;
    },
    clear() {
      open.clear();
      progress = undefined;
      queuePosition = undefined;
    },
    isEmpty: () => open.size === 0 && queuePosition === undefined && progress === undefined,
    snapshot() {
      const texts = [...open.values()].flatMap(({ start, chunks }): PreviewEvent[] => {
        if (chunks.length === 0) return [start];
        const text = chunks.join('');
        chunks.splice(0, chunks.length, text);
        const delta = { type: 'content_delta', content: { type: 'text', text }, index: 0 } as const;
        return [start, { type: 'event_delta', event_id: start.event.id, delta }];
      });
      return [...(queuePosition ? [queuePosition] : []), ...(progress ? [progress] : []), ...texts];
    },
  };
}
