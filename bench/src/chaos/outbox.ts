import { waitFor } from './chaos-client.ts';
import type { FrameLedger, OnceFrame } from './frame-ledger.ts';

/** The frames of one client that have no answer yet. */
export interface Outbox {
  add: (frame: OnceFrame) => void;
  /** Sends all of them (again): a connection is there, or some time has passed. */
  flush: () => void;
  settle: () => Promise<void>;
  close: () => void;
}

/** A frame may be refused for the moment, or its answer may be lost where the connection is not: it is sent again. */
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
