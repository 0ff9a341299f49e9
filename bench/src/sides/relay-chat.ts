import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { Part } from '../parts/start-part.ts';
import { startPart } from '../parts/start-part.ts';
import type { Chat } from './chat.ts';
import type { RelayAddress } from './relay.ts';
import { startTurnWatch, type TurnWatch } from './turn-watch.ts';

type RelayFrame = { type: 'message' } | { type: 'text' } | { type: 'end' } | { type: 'failed'; message: string };

/** A conversation over a relay in its own process. */
export async function openRelayChat(modelUrl: string): Promise<Chat> {
  const part: Part<RelayAddress> = await startPart('serve-relay.ts', { modelUrl });
  const socket = new WebSocket(part.ready.url);
  await once(socket, 'open');
  let watch: TurnWatch | undefined;
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as RelayFrame;
    if (frame.type === 'message') watch?.sawEcho();
    else if (frame.type === 'text') watch?.sawText();
    else if (frame.type === 'end') watch?.sawEnd();
    else if (frame.type === 'failed') watch?.failed(new Error(frame.message));
  });
  return {
    say(text) {
      watch = startTurnWatch();
      socket.send(JSON.stringify({ text }));
      return watch.timing;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await part.ended;
      await part[Symbol.asyncDispose]();
    },
  };
}
