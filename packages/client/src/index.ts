export { ClientError, type ClientErrorType } from './client-error.ts';
export type { ForkOptions, SendOptions } from './calls.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export { systemClock, type Clock } from './clock.ts';
export {
  REASON_REQUESTED,
  REASON_UNAUTHENTICATED,
  type ConnectionState,
  type LossCause,
  type Transport,
} from './connection-state.ts';
export type { AttachOptions } from './follower.ts';
export { foldPreviews, foldPreviewsWith, NO_PREVIEWS, type Preview, type Previews } from './fold-previews.ts';
export type { Fetch } from './http.ts';
export type { EventsPage, ListEventsOptions } from './list-events.ts';
export { createSessionTransport, type SessionTransport } from './session-transport.ts';
export type { WatchOptions } from './session-watch.ts';
export type { Attachment } from './subscriptions.ts';
export type { WebSocketFactory, WebSocketInit, WebSocketLike } from './web-socket.ts';
