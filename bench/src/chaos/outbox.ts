import { waitFor } from './chaos-client.ts';
import type { FrameLedger, OnceFrame } from './frame-ledger.ts';

/** The frames of one client that have no answer yet. */
export interface Outbox {
  add: (frame: OnceFrame) => void;
  /** Sends all of them, the first time or again: after a reconnect, or after some time. */
  flush: () => void;
  settle: () => Promise<void>;
  close: () => void;
}

/**
 * The server may refuse a frame for the moment, or its answer may be lost on a working connection; it is then sent
 * again.
 */
const RESEND_INTERVAL_MS = 2000;

export function createOutbox(name: string, ledger: FrameLedger, transmit: (frame: OnceFrame) => void): Outbox {
  const waiting = new Map<string, OnceFrame>();
  const forget = () => {
    for (const id of waiting.keys()) if (ledger.isSettled(id)) waiting.delete(id);
  };
  const flush = () => {
    forget();
    for (const frame of waiting.values()) transmit(frame);
  };
  const timer = setInterval(flush, RESEND_INTERVAL_MS);
  return {
    add(frame) {
      waiting.set(frame.id, frame);
      transmit(frame);
    },
    flush,
    async settle() {
      await waitFor(`${name} has its answers`, () => {
        forget();
        return waiting.size === 0;
      });
    },
    close: () => clearInterval(timer),
  };
}
