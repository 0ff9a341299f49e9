/** What carries the frames: a WebSocket, or HTTP with an event stream where WebSockets do not get through. */
export type Transport = 'websocket' | 'sse';

/**
 * Why a connection is being replaced: this machine has no network, nothing came for too long, or the other side
 * closed or refused the connection. Only `offline` says that the problem is on this side.
 */
export type LossCause = 'offline' | 'silence' | 'closed';

interface Reconnecting {
  state: 'reconnecting';
  attempt: number;
  /** In milliseconds since the epoch; past while the attempt is under way. */
  retryAt: number;
  cause: LossCause;
  /** When the last frame came, in milliseconds since the epoch; undefined if none ever did. */
  lastHeardAt: number | undefined;
}

/** The state of a client's connection. */
export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'live'; transport: Transport }
  | Reconnecting
  /** The end: by `close(reason)`, or `unauthenticated` when the server refuses the credential. */
  | { state: 'closed'; reason: string };

export const REASON_UNAUTHENTICATED = 'unauthenticated';
export const REASON_REQUESTED = 'requested';
