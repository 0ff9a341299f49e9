import type { Transport } from './connection-state.ts';

/**
 * After this many WebSockets in a row that brought nothing, while the server answered over HTTP, they count as
 * blocked.
 */
const FAILURES_BEFORE_FALLBACK = 3;

/** Which transport to try next, by the results of earlier attempts. */
export interface TransportChoice {
  readonly next: Transport;
  /** A frame came. */
  worked: (transport: Transport) => void;
  /**
   * A connection ended without a frame, although the server answers over HTTP and accepts the credential. `silent`:
   * it was not refused, nothing came. A server that answers otherwise does not do that.
   */
  failed: (transport: Transport, silent: boolean) => void;
  /** A connection that worked has ended. */
  ended: (transport: Transport) => void;
}

/**
 * WebSockets, until they are blocked. Then HTTP, for as long as that connection lasts. After it a WebSocket is tried
 * once more, for the computer may be in another network.
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
