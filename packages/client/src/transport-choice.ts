import type { Transport } from './connection-state.ts';

/** So many WebSockets in a row that brought nothing, although the server answered over HTTP, are blocked on the way. */
const FAILURES_BEFORE_FALLBACK = 3;

/** Which transport to try next. Remembers what came of the attempts so far. */
export interface TransportChoice {
  readonly next: Transport;
  /** A frame came. */
  worked: (transport: Transport) => void;
  /**
   * A connection ended without a frame, although the server answers over HTTP and accepts the credential; `silent` when
   * it was not refused but hung, which no server does that answers otherwise.
   */
  failed: (transport: Transport, silent: boolean) => void;
  /** A connection that worked has ended. */
  ended: (transport: Transport) => void;
}

/**
 * WebSockets, until they are blocked; then HTTP, for as long as that connection lasts. After it WebSockets get one more
 * chance, for the computer may have moved to another network.
 */
export function createTransportChoice(): TransportChoice {
  let failures = 0;
  const giveWebSocketsAChance = () => {
    failures = Math.min(failures, FAILURES_BEFORE_FALLBACK - 1);
  };
  return {
    get next() {
      return failures >= FAILURES_BEFORE_FALLBACK ? 'sse' : 'websocket';
    },
    worked(transport) {
      if (transport === 'websocket') failures = 0;
    },
    failed(transport, silent) {
      if (transport === 'sse') giveWebSocketsAChance();
      else failures = silent ? FAILURES_BEFORE_FALLBACK : failures + 1;
    },
    ended(transport) {
      if (transport === 'sse') giveWebSocketsAChance();
    },
  };
}
