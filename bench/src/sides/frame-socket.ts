import { once } from 'node:events';

import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import type { TestServer } from '@claude-sdk-pattern/testkit';
import { WebSocket } from 'ws';

/**
 * A client of the wire that stores no frames. The testkit's socket stores and searches all of them, which would make
 * later turns look slower.
 */
export interface FrameSocket extends AsyncDisposable {
  /** Called for each frame, parsed, as it arrives. */
  onFrame: (listener: (frame: ServerFrame) => void) => void;
  send: (frame: object) => void;
  /** Sends with an id and resolves with the reply's result. @throws Error with the answer if it is an error. */
  request: <Result>(frame: object) => Promise<Result>;
}

/** Opens `/ws/v1/chat` as the server's administrator. */
export async function openFrameSocket(server: TestServer): Promise<FrameSocket> {
  const url = new URL('/ws/v1/chat', server.url.replace(/^http/, 'ws'));
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${server.apiKey}` } });
  const listeners: ((frame: ServerFrame) => void)[] = [];
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  let requests = 0;

  const settle = (frame: ServerFrame) => {
    if ((frame.type !== 'reply' && frame.type !== 'error') || frame.id === null) return;
    const answer = answers.get(frame.id);
    answers.delete(frame.id);
    if (frame.type === 'reply') answer?.resolve(frame.result);
    else answer?.reject(new Error(`The server refused: ${JSON.stringify(frame.error)}`));
  };

  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as ServerFrame;
    for (const listener of listeners) listener(frame);
    settle(frame);
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const answer of answers.values()) answer.reject(new Error('The socket was closed'));
  });

  return {
    onFrame(listener) {
      listeners.push(listener);
    },
    send: (frame) => socket.send(JSON.stringify(frame)),
    request<Result>(frame: object) {
      const id = `bench-${(requests += 1)}-${performance.now()}`;
      const answer = Promise.withResolvers<unknown>();
      answers.set(id, answer);
      socket.send(JSON.stringify({ ...frame, id }));
      return answer.promise as Promise<Result>;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
