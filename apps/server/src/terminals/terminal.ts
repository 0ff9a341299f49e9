import { TERMINAL_WINDOW_BYTES, type TerminalEnd } from '@claude-sdk-pattern/protocol';

import type { Exit } from '../hosts/exit.ts';
import type { HostedProcess, TerminalSize } from '../hosts/host.ts';
import { createScrollback } from './scrollback.ts';

/** Somebody who sees a terminal. Nothing is sent to them beyond a window of bytes that they have not acknowledged. */
export interface TerminalReader {
  send(data: Buffer): void;
  /** What was before this number is not kept any more. */
  onReset(position: number): void;
  /** Called after the last byte was sent. */
  onEnded(end: TerminalEnd): void;
}

export interface TerminalAttachment {
  /** The number of the first byte that is sent. */
  readonly position: number;
  /** All bytes before this number have been shown. */
  ack(position: number): void;
  close(): void;
}

interface Attached {
  reader: TerminalReader;
  sent: number;
  acked: number;
  isTold: boolean;
}

/** More than a window: a reader who is the only one, and comes back, has lost nothing. */
const SCROLLBACK_BYTES = 2 * TERMINAL_WINDOW_BYTES;
const MAX_SENT_BYTES = 64 * 1024;
const SECOND_MS = 1000;
/** More than anybody reads. A flood that nobody looks at would keep the server busy for hours. */
const MAX_BYTES_PER_SECOND = 4 * 1024 * 1024;

export interface TerminalOptions {
  uptimeMs(): number;
  /** Called before each time that something is typed. */
  onTyped?(): void;
  /** Called once, before its process is asked to end, which takes seconds. */
  onEnding?(): void;
  onEnded(end: TerminalEnd, exit: Exit): void;
}

/**
 * A process on a terminal, and those who see it. The process waits while everybody who sees it is slow; while nobody does, it
 * goes on, and the newest bytes are kept. Of several, the slow ones skip.
 */
export class Terminal {
  readonly #process: HostedProcess;
  readonly #options: TerminalOptions;
  readonly #scrollback = createScrollback(SCROLLBACK_BYTES);
  readonly #readers = new Set<Attached>();
  #reason: TerminalEnd['reason'] | undefined;
  #end: TerminalEnd | undefined;
  #ending: Promise<void> | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #activeAtMs: number;
  /** Of this second. */
  #bytes = 0;
  #secondAtMs = -Infinity;
  /** Set while it has written enough for this second. */
  #rest: NodeJS.Timeout | undefined;

  constructor(process: HostedProcess, options: TerminalOptions) {
    this.#process = process;
    this.#options = options;
    this.#activeAtMs = options.uptimeMs();
    process.stdin.on('error', () => undefined);
    process.stdout.on('data', (data: Buffer) => this.#onData(data));
    // The last bytes come before the output closes.
    process.stdout.once('close', () => void this.end('exited'));
    process.once('error', () => void this.end('start_failed'));
  }

  /** Undefined while it runs. */
  get endedAs(): TerminalEnd | undefined {
    return this.#end;
  }

  /** Settled once; never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get processId(): string {
    return this.#process.id;
  }

  /** When something was typed or written, by the clock of `uptimeMs`. */
  get activeAtMs(): number {
    return this.#activeAtMs;
  }

  /** The number after the newest byte. */
  get position(): number {
    return this.#scrollback.end;
  }

  /** Sends all bytes from a number on, or from the oldest that is kept, once the caller has said where it begins. */
  attach(after: number, reader: TerminalReader): TerminalAttachment {
    const { start, end } = this.#scrollback;
    // A number that was never given is of another terminal.
    const position = after < start || after > end ? start : after;
    const attached: Attached = { reader, sent: position, acked: position, isTold: false };
    this.#readers.add(attached);
    setImmediate(() => this.#advance(attached));
    return {
      position,
      ack: (to) => {
        if (to <= attached.acked || to > attached.sent) return;
        attached.acked = to;
        this.#advance(attached);
      },
      close: () => {
        this.#readers.delete(attached);
        this.#pace();
      },
    };
  }

  /** Types bytes. Resolves when there is room for more. */
  async type(data: Buffer): Promise<void> {
    if (this.#end !== undefined || data.length === 0) return;
    this.#activeAtMs = this.#options.uptimeMs();
    this.#options.onTyped?.();
    const { stdin } = this.#process;
    if (stdin.write(data) || stdin.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        stdin.off('drain', done).off('close', done);
        resolve();
      };
      stdin.on('drain', done).on('close', done);
    });
  }

  resize(size: TerminalSize): void {
    if (this.#end === undefined) this.#process.resize?.(size);
  }

  /** Idempotent; the first reason counts. Resolves when nothing of it is left. */
  end(reason: TerminalEnd['reason']): Promise<void> {
    this.#reason ??= reason;
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#rest);
    this.#options.onEnding?.();
    // What it says at its end is read whether or not somebody reads here.
    this.#process.stdout.resume();
    const exit = await this.#process.end();
    this.#end = toEnd(this.#reason ?? 'exited', exit);
    this.#options.onEnded(this.#end, exit);
    this.#ended.resolve();
    for (const attached of this.#readers) this.#advance(attached);
  }

  #onData(data: Buffer): void {
    const now = this.#options.uptimeMs();
    this.#activeAtMs = now;
    this.#count(data.length, now);
    this.#scrollback.append(data);
    for (const attached of this.#readers) this.#advance(attached);
    this.#pace();
  }

  #count(bytes: number, now: number): void {
    if (now - this.#secondAtMs >= SECOND_MS) {
      this.#secondAtMs = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    if (this.#bytes < MAX_BYTES_PER_SECOND || this.#rest !== undefined || this.#ending !== undefined) return;
    this.#rest = setTimeout(
      () => {
        this.#rest = undefined;
        this.#bytes = 0;
        this.#pace();
      },
      this.#secondAtMs + SECOND_MS - now,
    ).unref();
  }

  #advance(attached: Attached): void {
    if (!this.#readers.has(attached)) return;
    const { start, end } = this.#scrollback;
    const { reader } = attached;
    if (attached.sent < start) {
      // Until it has shown what it got, it gets nothing: what is on its way is bounded by one window.
      if (attached.acked < attached.sent) return this.#pace();
      attached.sent = start;
      attached.acked = start;
      reader.onReset(start);
    }
    while (attached.sent < end) {
      const room = TERMINAL_WINDOW_BYTES - (attached.sent - attached.acked);
      if (room <= 0) break;
      const data = this.#scrollback.read(attached.sent, Math.min(room, MAX_SENT_BYTES));
      attached.sent += data.length;
      reader.send(data);
    }
    if (this.#end !== undefined && attached.sent === end && !attached.isTold) {
      attached.isTold = true;
      reader.onEnded(this.#end);
    }
    this.#pace();
  }

  #pace(): void {
    if (this.#ending !== undefined) return;
    const { end } = this.#scrollback;
    const readers = [...this.#readers];
    const isSlow = readers.length > 0 && readers.every(({ acked }) => end - acked >= TERMINAL_WINDOW_BYTES);
    const { stdout } = this.#process;
    if (isSlow || this.#rest !== undefined) stdout.pause();
    else if (stdout.isPaused()) stdout.resume();
  }
}

function toEnd(reason: TerminalEnd['reason'], { cause, code }: Exit): TerminalEnd {
  if (cause === 'memory' || cause === 'start_failed') return { reason: cause, exit_code: null };
  return { reason, exit_code: reason === 'exited' ? code : null };
}
