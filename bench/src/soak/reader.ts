import type { Attachment, Client } from '@claude-sdk-pattern/client';

import { createEventLedger, type EventLedger } from '../recall/event-ledger.ts';

/** A second view of a session on another connection, which leaves and returns at the same place. */
export interface Reader {
  readonly ledger: EventLedger;
  /** Leaves if it is attached, and returns if it is not. */
  toggle: () => void;
  /** Returns if it is not attached. */
  attach: () => void;
  detach: () => void;
}

export function createReader(client: Client, sessionId: string): Reader {
  const ledger = createEventLedger();
  let attachment: Attachment | undefined;
  const reader: Reader = {
    ledger,
    toggle: () => (attachment === undefined ? reader.attach() : reader.detach()),
    attach() {
      attachment ??= client.attach(sessionId, {
        after: ledger.ids.length,
        onEvent: (event, seq) => ledger.note(seq, event.id),
      });
    },
    detach() {
      attachment?.detach();
      attachment = undefined;
    },
  };
  reader.attach();
  return reader;
}
