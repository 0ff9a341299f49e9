/** The part of a WebSocket, or of a response, that sending needs; `done` is called when the data has left. */
export interface SendSocket {
  /** @param data text; as bytes where it was encoded before. */
  send(data: string | Buffer, done: (error?: Error) => void): void;
}

/**
 * What waits to be written to one client. Bounded by bytes: previews are left out when much waits, and a client with
 * far too much is given up.
 */
export interface SendQueue {
  /** Answers and events: never left out. */
  send(frame: object): void;
  /** The same for a frame that is JSON already, as text or encoded. */
  sendJson(json: string | Buffer): void;
  /** Sent only while little waits; false when it was left out. */
  sendIfWritable(frame: object): boolean;
  waitUntilWritable(): Promise<void>;
}

const PREVIEW_LIMIT_BYTES = 256 * 1024;
const WRITABLE_BELOW_BYTES = 1024 * 1024;
/** Beyond this nothing more is taken, so that one client holds at most this and one frame, whatever its size. */
const GIVE_UP_BYTES = 16 * 1024 * 1024;

export function createSendQueue(socket: SendSocket, options: { onOverflow: () => void }): SendQueue {
  let waitingBytes = 0;
  let overflowed = false;
  let wakers: (() => void)[] = [];

  const write = (data: string | Buffer) => {
    if (overflowed) return;
    if (waitingBytes > GIVE_UP_BYTES) {
      overflowed = true;
      options.onOverflow();
      return;
    }
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    waitingBytes += bytes;
    socket.send(data, () => {
      waitingBytes -= bytes;
      if (waitingBytes > WRITABLE_BELOW_BYTES) return;
      const waking = wakers;
      wakers = [];
      for (const wake of waking) wake();
    });
  };

  return {
    send: (frame) => write(JSON.stringify(frame)),
    sendJson: write,
    sendIfWritable(frame) {
      if (waitingBytes > PREVIEW_LIMIT_BYTES) return false;
      write(JSON.stringify(frame));
      return true;
    },
    waitUntilWritable() {
      if (waitingBytes <= WRITABLE_BELOW_BYTES) return Promise.resolve();
      return new Promise((resolve) => wakers.push(resolve));
    },
  };
}
