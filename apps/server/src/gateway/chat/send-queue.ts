/** The part of a WebSocket or a response that the queue uses. `done` is called when the data was written. */
export interface SendSocket {
  /** @param data text, or bytes if it was encoded before. */
  send(data: string | Buffer, done: (error?: Error) => void): void;
}

/**
 * Frames that wait to be written to one client, bounded by bytes. When much waits, previews are dropped; when too
 * much waits, the client is closed.
 */
export interface SendQueue {
  /** For answers and events, which are never dropped. */
  send(frame: object): void;
  /** The same for a frame that is JSON already, as text or bytes. */
  sendJson(json: string | Buffer): void;
  /** For previews: sends only while little waits; false when the frame was dropped. */
  sendIfWritable(frame: object): boolean;
  waitUntilWritable(): Promise<void>;
}

const PREVIEW_LIMIT_BYTES = 256 * 1024;
const WRITABLE_BELOW_BYTES = 1024 * 1024;
/** Beyond this the client is closed. So one client holds at most this and one frame of any size. */
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
