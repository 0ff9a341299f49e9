import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import type { ErrorFrame, PongFrame, ReplyFrame, ServerFrame } from '@claude-sdk-pattern/protocol';
import { WebSocket } from 'ws';

const DEFAULT_TIMEOUT_MS = 60_000;

/** A WebSocket client for tests of the wire contract. It neither reconnects nor sends anything again. */
export interface RawWebSocket extends AsyncDisposable {
  /** Every frame that arrived, oldest first. */
  readonly frames: readonly ServerFrame[];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** Sends an object as JSON, or a string unchanged, even if it is not a frame. */
  send: (frame: object | string) => void;
  /** Sends a frame and resolves with its answer. A frame without an `id` gets one. */
  request: (frame: {
    type: string;
    id?: string;
    [field: string]: unknown;
  }) => Promise<ReplyFrame | ErrorFrame | PongFrame>;
  /** Resolves with the first frame that matches, whether it has arrived already or arrives later. */
  waitFor: <T extends ServerFrame>(
    predicate: ((frame: ServerFrame) => frame is T) | ((frame: ServerFrame) => boolean),
    timeoutMs?: number,
  ) => Promise<T>;
  /** Stops reading, as a slow client does, until `resume` is called. */
  pause: () => void;
  resume: () => void;
  close: (code?: number) => void;
  /** Cuts the connection without a close frame. */
  terminate: () => void;
}

export interface RawWebSocketOptions {
  apiKey?: string;
  /** Additional headers, such as `origin` or `cookie`. */
  headers?: Record<string, string>;
  /** With https: whom to trust, and the address of this machine to connect from. */
  tls?: { ca: string; localAddress?: string };
}

/** Opens `/ws/v1/chat` of a server. @throws Error with the HTTP status if the upgrade is refused. */
export async function connectRawWebSocket(
  server: { url: string },
  { apiKey, headers, tls }: RawWebSocketOptions = {},
): Promise<RawWebSocket> {
  const url = new URL(`${server.url.replace(/^http/, 'ws')}/ws/v1/chat`);
  const credential = apiKey && { authorization: `Bearer ${apiKey}` };
  const socket = new WebSocket(url, { ...tls, headers: { ...headers, ...credential } });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  // The server remembers requests per user, so ids must also differ between sockets.
  const name = randomUUID();
  let requests = 0;

  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as ServerFrame);
    for (const check of waiting) check();
  });
  socket.on('close', () => waiting.forEach((check) => check()));
  await once(socket, 'open');
  // From here on the socket reports a failure by closing.
  socket.on('error', () => {});

  const waitFor: RawWebSocket['waitFor'] = <T extends ServerFrame>(
    predicate: (frame: ServerFrame) => boolean,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ) =>
    new Promise<T>((resolve, reject) => {
      const fail = (why: string) =>
        settle(() => reject(new Error(`${why}; last frames: ${JSON.stringify(frames.slice(-5))}`)));
      const timer = setTimeout(() => fail(`No such frame within ${timeoutMs} ms`), timeoutMs);
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        finish();
      };
      const check = () => {
        const found = frames.find(predicate);
        if (found) settle(() => resolve(found as T));
        else if (socket.readyState === WebSocket.CLOSED) fail('The socket was closed');
      };
      waiting.add(check);
      check();
    });

  function send(frame: object | string): void {
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  return {
    frames,
    closed,
    send,
    request(frame) {
      const id = frame.id ?? `raw-${name}-${(requests += 1)}`;
      const from = frames.length;
      send({ ...frame, id });
      return waitFor((answer): answer is ReplyFrame | ErrorFrame | PongFrame => {
        // Accepts only answers to this request, not those to an earlier request with the same id.
        return 'id' in answer && answer.id === id && frames.indexOf(answer) >= from;
      });
    },
    waitFor,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code) => socket.close(code),
    terminate: () => socket.terminate(),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
