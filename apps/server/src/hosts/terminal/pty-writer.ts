import { write } from 'node:fs';

export interface PtyWriterOptions {
  maxWaitingBytes: number;
  /** More waits than that. Called once until `onDrained`. */
  onFull(): void;
  /** Nothing waits any more. */
  onDrained(): void;
}

export interface PtyWriter {
  write(data: Buffer): void;
  /** Drops what waits, and writes nothing more. */
  close(): void;
}

/** How soon a full terminal is tried again. Nothing says when the program has read. */
const RETRY_MS = 10;

/**
 * Writes to the non-blocking descriptor of a terminal, in order. A stream of Node would wait in a loop until the program has
 * read (Node 24: the streams of terminals write blocking).
 */
export function createPtyWriter(fd: number, { maxWaitingBytes, onFull, onDrained }: PtyWriterOptions): PtyWriter {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isWriting = false;
  let isFull = false;
  let isClosed = false;

  const next = () => {
    const [first] = waiting;
    if (isClosed || first === undefined) {
      isWriting = false;
      if (!isFull || isClosed) return;
      isFull = false;
      onDrained();
      return;
    }
    isWriting = true;
    write(fd, first, (error, written) => {
      if (error?.code === 'EAGAIN') return void setTimeout(next, RETRY_MS);
      // The program has closed the terminal: what it does not read is lost, as in every terminal.
      if (error) isClosed = true;
      waitingBytes -= written;
      if (written === first.length) waiting.shift();
      else waiting[0] = first.subarray(written);
      next();
    });
  };

  return {
    write(data) {
      if (isClosed) return;
      waiting.push(data);
      waitingBytes += data.length;
      if (!isFull && waitingBytes > maxWaitingBytes) {
        isFull = true;
        onFull();
      }
      if (!isWriting) next();
    },
    close() {
      isClosed = true;
      waiting = [];
    },
  };
}
