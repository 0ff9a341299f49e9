import type { Duplex } from 'node:stream';

import { CLOSE_ACCESS_CHANGED, CLOSE_SLOW_READER, CspError } from '@claude-sdk-pattern/protocol';
import type { RawData, WebSocket } from 'ws';

import { createSerialQueue } from '../../lib/serial-queue.ts';
import { ChatConnection, type ChatConnectionDeps } from './chat-connection.ts';
import { cutAfterCloseTimeout } from '../entrance/close-timeout.ts';
import { createSendQueue, type SendSocket } from './send-queue.ts';

export interface ChatSocketDeps extends Omit<ChatConnectionDeps, 'queue' | 'attachesCreated' | 'onRevoked'> {
  socket: WebSocket;
  /**
   * The connection below the WebSocket. Corking it joins everything sent within one turn of the event loop into one
   * write.
   */
  carrier?: Pick<Duplex, 'cork' | 'uncork'>;
  /** Called when the client is cut off because it fell too far behind. */
  onSlow?(): void;
}

/** One client on either transport, as the server closes it. */
export interface ChatPeer {
  /** Tells the client that the connection ends, and why. */
  close(code: number, reason: string): void;
  /** Cuts the connection, whether or not the client was told. */
  cut(): void;
}

/** A client that does not answer a ping within this time is cut off. */
const PING_INTERVAL_MS = 30_000;
/** Most frames of one client that wait for their turn; beyond them its socket is not read. */
const MAX_WAITING_FRAMES = 64;

/** Answers one client on `/ws/v1/chat`, from the upgrade to the close, one frame after the other. */
export function serveChatSocket({ socket, carrier, onSlow, ...deps }: ChatSocketDeps): ChatPeer {
  const frames = createSerialQueue();
  let waitingFrames = 0;
  let answeredPing = true;
  let isLeaving = false;

  let isCorked = false;
  const cork = () => {
    if (isCorked || carrier === undefined) return;
    isCorked = true;
    carrier.cork();
    process.nextTick(() => {
      isCorked = false;
      carrier.uncork();
    });
  };
  const output: SendSocket = {
    send(data, done) {
      cork();
      socket.send(data, { binary: false }, done);
    },
  };
  const queue = createSendQueue(output, {
    onOverflow() {
      onSlow?.();
      // Nothing more is queued for this client. `ws` keeps what is queued until the client has read it, and cuts the
      // client off after 30 s.
      connection.close();
      socket.close(CLOSE_SLOW_READER, 'The reader fell too far behind. Attach again after the last seq');
    },
  });
  let cancelCut = (): void => {};
  const connection = new ChatConnection({
    ...deps,
    queue,
    attachesCreated: true,
    onRevoked({ message }) {
      isLeaving = true;
      socket.close(CLOSE_ACCESS_CHANGED, message);
      cancelCut = cutAfterCloseTimeout(() => socket.terminate());
    },
  });
  connection.start();

  const pinger = setInterval(() => {
    if (!answeredPing) {
      socket.terminate();
      return;
    }
    answeredPing = false;
    socket.ping();
  }, PING_INTERVAL_MS);

  socket.on('message', (data, isBinary) => {
    waitingFrames += 1;
    if (waitingFrames >= MAX_WAITING_FRAMES) socket.pause();
    void frames.run(async () => {
      // After the server has announced the close, the client sends unanswered frames again to the next connection.
      // After a sign-out, nothing is carried out.
      if (!isLeaving) await connection.receive(() => parseJson(data, isBinary));
      waitingFrames -= 1;
      if (waitingFrames < MAX_WAITING_FRAMES && socket.isPaused) socket.resume();
    });
  });
  socket.on('pong', () => {
    answeredPing = true;
  });
  // On a frame over the limit, or a broken one, the socket closes itself with the right code.
  socket.on('error', (error) => deps.logger.debug({ err: error }, 'a client socket failed'));
  socket.on('close', () => {
    clearInterval(pinger);
    cancelCut();
    connection.close();
  });
  return {
    close(code, reason) {
      isLeaving = true;
      socket.close(code, reason);
    },
    cut: () => socket.terminate(),
  };
}

function parseJson(data: RawData, isBinary: boolean): unknown {
  if (isBinary) throw new CspError('invalid_request', 'Frames are JSON text, not binary');
  try {
    // `ws` delivers one buffer unless it is configured otherwise.
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    throw new CspError('invalid_request', 'The frame is not JSON');
  }
}
