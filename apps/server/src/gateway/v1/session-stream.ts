import type { OutgoingHttpHeaders } from 'node:http';

import type { BetaManagedAgentsSessionDeletedEvent } from '@anthropic-ai/sdk/resources/beta/sessions/events';
import { createId, CspError, isExtensionEvent, type PreviewEvent } from '@claude-sdk-pattern/protocol';
import type { FastifyReply } from 'fastify';

import type { Actor } from '../../identity/actor.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { cutAfterCloseTimeout } from '../entrance/close-timeout.ts';
import { OPENING_COMMENT } from '../entrance/opening-comment.ts';
import type { Access } from '../entrance/open-access.ts';
import type { StreamQuery } from './stream-start.ts';

const PING_INTERVAL_MS = 15_000;
/** A reader with more than this waiting is cut off. It continues with `Last-Event-ID`. */
const GIVE_UP_BYTES = 32 * 1024 * 1024;

/** The part of the session service that supplies the events. */
export type EventSource = Pick<SessionService, 'attach'>;

export type StreamMetrics = Pick<Metrics, 'eventStreams' | 'slowReaders'>;

export interface StreamOptions {
  metrics: StreamMetrics;
  sessions: EventSource;
  actor: Actor;
  /** Ends the stream when the credential does. */
  access: Pick<Access, 'onRevoked' | 'hold'>;
  sessionId: string;
  /** The `seq` after which to begin. */
  after: number;
  /** Whether the stream includes the platform's extension events. */
  extensions: boolean;
  /** Which events are previewed while they are produced. */
  deltas: NonNullable<StreamQuery['event_deltas']>;
  /** Only events and previews for which this is true. */
  isInThread?: (item: unknown) => boolean;
}

/**
 * Streams a session's events as SSE with `event:` and `id:` (the `seq`) lines, until the client disconnects or the
 * session is deleted or not shared any more. Then a last event, without `seq`, says so.
 */
export async function streamEvents(reply: FastifyReply, options: StreamOptions): Promise<void> {
  const { raw } = reply;
  options.access.hold();
  const write = (text: string) => {
    if (raw.destroyed || raw.writableEnded) return;
    raw.write(text);
    if (raw.writableLength <= GIVE_UP_BYTES) return;
    options.metrics.slowReaders.inc({ kind: 'session' });
    raw.destroy();
  };
  const previews = createPreviewFilter(options);
  let pinger: NodeJS.Timeout | undefined;
  let ended: 'deleted' | 'unshared' | undefined;
  const endStream = () => {
    if (ended === 'deleted') endAsDeleted(raw);
    else if (ended === 'unshared') endAsRevoked(raw, toUnshared(options.sessionId));
  };
  const subscription = await options.sessions.attach(options.actor, options.sessionId, {
    after: options.after,
    onEnded(end) {
      ended = end;
      if (raw.headersSent) endStream();
    },
    onReady: () => {
      reply.hijack();
      raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write(OPENING_COMMENT);
      pinger = setInterval(() => write('event: ping\ndata: {"type":"ping"}\n\n'), PING_INTERVAL_MS);
    },
    subscriber: {
      onEvents(events) {
        for (const sequenced of events) {
          const { seq, id, type, json } = sequenced;
          previews.end(id);
          if (!options.extensions && isExtensionEvent({ type })) continue;
          if (options.isInThread?.(sequenced.event) === false) continue;
          write(`event: ${type}\nid: ${seq}\ndata: ${json}\n\n`);
        }
      },
      onPreview(preview) {
        if (previews.passes(preview)) write(`event: ${preview.type}\ndata: ${JSON.stringify(preview)}\n\n`);
      },
      waitUntilWritable: () => waitForDrain(raw),
      onFailure: () => raw.destroy(),
    },
  });
  const release = () => {
    clearInterval(pinger);
    subscription.close();
  };
  const leave = () => {
    release();
    options.metrics.eventStreams.dec({ kind: 'session' });
  };
  options.metrics.eventStreams.inc({ kind: 'session' });
  // The client may have disconnected meanwhile, or somebody deleted the session.
  endStream();
  options.access.onRevoked((error) => {
    release();
    endAsRevoked(raw, error);
    cutAfterCloseTimeout(() => raw.destroy());
  });
  if (raw.destroyed) leave();
  else raw.on('close', leave);
}

function toUnshared(sessionId: string): CspError {
  return new CspError('permission_denied', `Session ${sessionId} is not shared with you any more`);
}

function endAsDeleted(raw: FastifyReply['raw']): void {
  if (raw.writableEnded || raw.destroyed) return;
  const event: BetaManagedAgentsSessionDeletedEvent = {
    id: createId('sevt'),
    type: 'session.deleted',
    processed_at: new Date().toISOString(),
  };
  raw.end(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** In the form of an error of the Messages API, so that the official SDK throws it. */
function endAsRevoked(raw: FastifyReply['raw'], error: CspError): void {
  if (raw.writableEnded || raw.destroyed) return;
  raw.end(`event: error\ndata: ${JSON.stringify({ type: 'error', error: error.toBody() })}\n\n`);
}

/** Resolves when the client has read enough, or has disconnected. Removes its listeners. */
function waitForDrain(raw: FastifyReply['raw']): Promise<void> {
  if (!raw.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.on('drain', done).on('close', done);
  });
}

/**
 * Passes the previews that the client asked for. Thinking text is an extension: the Managed Agents API sends only its
 * start.
 */
function createPreviewFilter(options: Pick<StreamOptions, 'deltas' | 'isInThread' | 'extensions'>): {
  passes(preview: PreviewEvent): boolean;
  end(eventId: string): void;
} {
  /** Previews that began and whose deltas are passed. */
  const open = new Set<string>();
  return {
    passes(preview) {
      if (preview.type === 'queue_position' || preview.type === 'resource_progress')
        return options.extensions && options.isInThread === undefined;
      if (preview.type === 'event_delta') return open.has(preview.event_id);
      const { id, type } = preview.event;
      if (!options.deltas.includes(type)) return false;
      if (options.isInThread?.(preview) === false) return false;
      if (type === 'agent.message' || options.extensions) open.add(id);
      return true;
    },
    end: (eventId) => open.delete(eventId),
  };
}
