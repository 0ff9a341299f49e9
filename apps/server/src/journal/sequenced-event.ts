import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { EventText } from '../store/events.ts';

/** An event with its place in the journal, as readers get it. All readers of an event share one of these. */
export interface SequencedEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  /** The event as JSON, encoded once for the store and for every reader: send this rather than encoding `event` again. */
  readonly json: string;
  readonly event: SessionEvent;
}

/** An event that was read: decoded only if somebody looks into it, since most readers just pass its JSON on. */
export function toSequencedEvent({ seq, id, type, json }: EventText): SequencedEvent {
  let event: SessionEvent | undefined;
  return {
    seq,
    id,
    type,
    json,
    get event() {
      return (event ??= JSON.parse(json) as SessionEvent);
    },
  };
}
