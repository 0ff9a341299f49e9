import type { SequencedEvent } from '../../journal/sequenced-event.ts';
import type { Subscriber } from '../../journal/subscription.ts';
import { toCspError } from '../entrance/error-envelope.ts';
import type { SendQueue } from './send-queue.ts';

/** Encoded frames by event: all readers of an event share one. */
const frames = new WeakMap<SequencedEvent, Buffer>();

function toFrame(eventPrefix: string, event: SequencedEvent): Buffer {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const frame = Buffer.from(`${eventPrefix}${event.seq},"event":${event.json}}`);
  frames.set(event, frame);
  return frame;
}

/** Writes one session's journal to one client. */
export function createSessionAttachment(sessionId: string, queue: SendQueue): Subscriber {
  const eventPrefix = `{"type":"event","session_id":${JSON.stringify(sessionId)},"seq":`;
  /** Previews of which a delta was dropped. Later deltas are dropped too, for they make no sense alone. */
  const broken = new Set<string>();
  return {
    onEvents(events) {
      for (const event of events) {
        // In an idle session no preview continues.
        if (event.type === 'session.status_idle') broken.clear();
        else broken.delete(event.id);
        queue.sendJson(toFrame(eventPrefix, event));
      }
    },
    onPreview(preview) {
      if (preview.type === 'queue_position' || preview.type === 'resource_progress') {
        queue.sendIfWritable({ type: 'preview', session_id: sessionId, event: preview });
        return;
      }
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
