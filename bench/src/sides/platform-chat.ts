import type { ReplyResults, ServerFrame } from '@claude-sdk-pattern/protocol';
import type { TestServer } from '@claude-sdk-pattern/testkit';

import type { Chat, TurnTiming } from './chat.ts';
import { openFrameSocket } from './frame-socket.ts';
import { startTurnWatch, type TurnWatch } from './turn-watch.ts';

const TIMEOUT_MS = 60_000;

export interface PlatformChat extends Chat {
  readonly sessionId: string;
  /** The time from `session.create` to its reply, in milliseconds. */
  readonly createdMs: number;
  /**
   * Resolves when the session's agent process reports that it is ready. With a spare in the pool that happens only
   * after the first message. @throws Error after 60 seconds.
   */
  waitUntilReady: () => Promise<void>;
  /** Hibernates the idle session; resolves when its process has ended. */
  hibernate: () => Promise<void>;
}

/** A session of a running server over its own WebSocket. Disposing deletes the session, which ends its process. */
export async function openPlatformChat(server: TestServer): Promise<PlatformChat> {
  const socket = await openFrameSocket(server);
  const ready = Promise.withResolvers<void>();
  let hibernated = Promise.withResolvers<void>();
  let watch: TurnWatch | undefined;
  socket.onFrame((frame) => {
    note(frame, watch);
    if (frame.type === 'event' && frame.event.type === 'session.process_ready') ready.resolve();
    if (frame.type === 'event' && frame.event.type === 'session.process_hibernated') hibernated.resolve();
  });
  const startedAt = performance.now();
  const { session } = await socket.request<ReplyResults['session.create']>({ type: 'session.create' });
  const createdMs = performance.now() - startedAt;

  return {
    sessionId: session.id,
    createdMs,
    waitUntilReady: () => withTimeout(ready.promise, `The process of ${session.id} was not ready`),
    async hibernate() {
      hibernated = Promise.withResolvers<void>();
      const response = await server.fetch(`/api/v1/processes/${session.id}/hibernate`, { method: 'POST' });
      if (!response.ok) throw new Error(`Session ${session.id} could not be hibernated: ${response.status}`);
      await withTimeout(hibernated.promise, `${session.id} did not hibernate`);
    },
    say(text): Promise<TurnTiming> {
      const current = startTurnWatch();
      watch = current;
      const event = { type: 'user.message', content: [{ type: 'text', text }] };
      socket
        .request({ type: 'session.send', session_id: session.id, events: [event] })
        .catch((error: unknown) => current.failed(error instanceof Error ? error : new Error(String(error))));
      return current.timing;
    },
    async [Symbol.asyncDispose]() {
      const response = await server.fetch(`/v1/sessions/${session.id}`, { method: 'DELETE' });
      await socket[Symbol.asyncDispose]();
      if (!response.ok) throw new Error(`Session ${session.id} could not be deleted: ${response.status}`);
    },
  };
}

async function withTimeout(promise: Promise<void>, what: string): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function note(frame: ServerFrame, watch: TurnWatch | undefined): void {
  if (watch === undefined) return;
  if (frame.type === 'preview') {
    if (frame.event.type === 'event_delta') watch.sawText();
    return;
  }
  if (frame.type !== 'event') return;
  if (frame.event.type === 'session.error') watch.failed(new Error(`A turn failed: ${JSON.stringify(frame.event)}`));
  else if (frame.event.type === 'user.message') watch.sawEcho();
  else if (frame.event.type === 'session.status_idle') watch.sawEnd();
}
