import type { Subscriber } from '../journal/subscription.ts';
import { toCspError } from './error-envelope.ts';
import type { SendQueue } from './send-queue.ts';

/** Writes one session's journal to one WebSocket client. */
export function createSessionAttachment(sessionId: string, queue: SendQueue): Subscriber {
  /** Previews of which a part was left out: the rest would make no sense. */
  const broken = new Set<string>();
  return {
    onEvents(events) {
      for (const { seq, event } of events) {
        broken.delete(event.id);
        queue.send({ type: 'event', session_id: sessionId, seq, event });
      }
    },
    onPreview(preview) {
      const eventId = preview.type === 'event_start' ? preview.event.id : preview.event_id;
      if (broken.has(eventId)) return;
      if (!queue.sendIfWritable({ type: 'preview', session_id: sessionId, event: preview })) broken.add(eventId);
    },
    waitUntilWritable: () => queue.waitUntilWritable(),
    onFailure(error) {
      queue.send({
        type: 'error',
        id: null,
        error: { ...toCspError(error).toBody(), details: { session_id: sessionId } },
      });
    },
  };
}
