/** What carries the frames: a WebSocket, or HTTP with an event stream where WebSockets do not get through. */
export type Transport = 'websocket' | 'sse';

/** Where a client's connection stands. */
export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'live'; transport: Transport }
  /** `retryAt` is in milliseconds since the epoch; it is past while the attempt is under way. */
  | { state: 'reconnecting'; attempt: number; retryAt: number }
  /** The end: by `close(reason)`, or `unauthenticated` when the server refuses the credential. */
  | { state: 'closed'; reason: string };

export const REASON_UNAUTHENTICATED = 'unauthenticated';
export const REASON_REQUESTED = 'requested';
