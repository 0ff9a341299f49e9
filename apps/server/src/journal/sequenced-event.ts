import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { EventText } from '../store/events.ts';

/** An event with its `seq`, as subscribers get it. All of them share one object. */
export interface SequencedEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  /** The event as JSON, encoded once. Send this instead of encoding `event` again. */
  readonly json: string;
  readonly event: SessionEvent;
}

/** An event that was read from the store. It is decoded only on access, since most subscribers only send its JSON. */
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
