import { createId } from '@claude-sdk-pattern/protocol/ids';
import type {
  ReplyResults,
  ServerFrame,
  SessionCreateParams,
  SessionUpdateParams,
  UserEventParams,
} from '@claude-sdk-pattern/protocol';

import { ClientError } from './client-error.ts';
import { systemClock, type Clock } from './clock.ts';
import { openConnection } from './connection.ts';
import { REASON_UNAUTHENTICATED, type ConnectionState } from './connection-state.ts';
import { toEndpoints } from './endpoints.ts';
import type { AttachOptions } from './follower.ts';
import type { Fetch } from './http.ts';
import { listEvents, type EventsPage, type ListEventsOptions } from './list-events.ts';
import { createRequests } from './requests.ts';
import { createSessionWatch, type WatchOptions } from './session-watch.ts';
import { openSseSocket } from './sse-socket.ts';
import { createSubscriptions, type Attachment } from './subscriptions.ts';
import { openGlobalWebSocket, type WebSocketFactory, type WebSocketInit } from './web-socket.ts';

export interface ClientOptions {
  /** `http(s)://host` or `ws(s)://host/ws/v1/chat`; never with a credential in it. */
  url: string;
  /** Sent as a header, which only Node can; a browser signs in with its cookie. */
  apiKey?: string;
  webSocket?: WebSocketFactory;
  /** For everything over HTTP; by default the platform's own. */
  fetch?: Fetch;
  /** Whether the credential is good, asked when the server refuses a connection; by default an HTTP request. */
  checkAuth?: () => Promise<boolean>;
  clock?: Clock;
  /** From 0 to below 1; spreads reconnects. */
  random?: () => number;
}

export interface SendOptions {
  /** Idempotency key: a send that failed can be repeated by hand with its own id and still happens once. */
  id?: string;
}

export interface ForkOptions {
  afterEventId?: string;
  title?: string;
}

/** One connection to the server. Every request survives reconnects and happens once; it rejects with a ClientError. */
export interface Client {
  readonly state: ConnectionState;
  onState: (listener: (state: ConnectionState) => void) => () => void;
  createSession: (params?: SessionCreateParams, options?: SendOptions) => Promise<ReplyResults['session.create']>;
  /** Follows a session until detached, over any number of connections. */
  attach: (sessionId: string, options: AttachOptions) => Attachment;
  /** Resolves once the events are stored. Messages to one session arrive in the order of the calls. */
  send: (sessionId: string, events: UserEventParams[], options?: SendOptions) => Promise<ReplyResults['session.send']>;
  updateSession: (sessionId: string, changes: SessionUpdateParams) => Promise<ReplyResults['session.update']>;
  forkSession: (sessionId: string, options?: ForkOptions & SendOptions) => Promise<ReplyResults['session.fork']>;
  /** Takes back a message that no turn has taken yet. */
  withdraw: (sessionId: string, eventId: string) => Promise<void>;
  /**
   * Sends a model request at once that waits to be sent again (`session.retry_scheduled`). Rejects where none waits, and
   * when the connection breaks: by the next one the wait may be another.
   */
  retryNow: (sessionId: string) => Promise<void>;
  /**
   * Reads a piece of the journal over HTTP, oldest first: the newest events, those `before` a `seq`, for scrolling back,
   * or those `after` one. Rejects at once when the server cannot be reached (`connection_failed`).
   */
  listEvents: (sessionId: string, options?: ListEventsOptions) => Promise<EventsPage>;
  /** A hint that somebody begins to type, so that the process may be started ahead. Costs nothing where it is in vain. */
  wake: (sessionId: string) => void;
  /** Follows the list of sessions; the returned function stops it. */
  watchSessions: (options: WatchOptions) => () => void;
  /** Resolves with the round trip's time in milliseconds. */
  ping: () => Promise<number>;
  /** Reconnects without waiting, or checks a live connection: call it when the network or the tab comes back. */
  reconnectNow: () => void;
  /** Counts the connection as lost at once: call it when the network is gone, which a socket notices much later. */
  networkLost: () => void;
  close: (reason?: string) => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Creates a client and starts to connect. Throws a TypeError for a URL that cannot be used.
 */
export function createClient(options: ClientOptions): Client {
  const { apiKey, webSocket = openGlobalWebSocket, clock = systemClock, random = Math.random } = options;
  const { socketUrl, chatUrl, accountUrl, baseUrl } = toEndpoints(options.url);
  // Called as a plain function: a browser's `fetch` refuses another `this`.
  const fetch: Fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const init: WebSocketInit = apiKey === undefined ? {} : { headers };
  const listeners = new Set<(state: ConnectionState) => void>();
  const createFrameId = () => createId('req', clock.now());
  const isLive = () => connection.state.state === 'live';

  const requests = createRequests({ transmit: (text) => connection.transmit(text), clock, random });
  const subscriptions = createSubscriptions({
    isLive,
    requestAttach: (session_id, from, answer) =>
      requests.start({ type: 'session.attach', id: createFrameId(), session_id, ...from }, answer, { resend: false }),
    // Whether it arrives does not matter: events of sessions that nobody follows are dropped.
    requestDetach: (session_id) =>
      requests.start({ type: 'session.detach', id: createFrameId(), session_id }, NO_ANSWER, { resend: false }),
    clock,
    random,
  });
  const sessionWatch = createSessionWatch({
    isLive,
    // Lost with the connection; the next one starts it again.
    requestWatch: (onResult) =>
      requests.start({ type: 'sessions.watch', id: createFrameId() }, { ...NO_ANSWER, onResult }, { resend: false }),
  });
  const connection = openConnection({
    openSocket: (transport) =>
      transport === 'websocket' ? webSocket(socketUrl, init) : openSseSocket({ fetch, url: chatUrl, headers, clock }),
    checkAuth: options.checkAuth ?? (() => checkAccount(fetch, accountUrl, headers)),
    clock,
    random,
    onFrame,
    onState,
  });

  function onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'reply':
        return requests.resolve(frame.id, frame.result);
      case 'pong':
        return requests.resolve(frame.id, undefined);
      case 'error':
        return requests.fail(frame);
      case 'event':
        return subscriptions.receiveEvent(frame);
      case 'preview':
        return subscriptions.receivePreview(frame);
      case 'session':
        return sessionWatch.session(frame.session);
      case 'session.deleted':
        subscriptions.deleted(frame.session_id);
        return sessionWatch.deleted(frame.session_id);
    }
  }

  function onState(state: ConnectionState): void {
    switch (state.state) {
      case 'live':
        subscriptions.connected();
        sessionWatch.connected();
        requests.connected();
        break;
      case 'reconnecting':
        subscriptions.disconnected();
        requests.disconnected();
        break;
      case 'closed':
        subscriptions.close();
        requests.close(toClosedError(state.reason));
        break;
      case 'connecting':
        break;
    }
    for (const listener of listeners) listener(state);
  }

  return {
    get state() {
      return connection.state;
    },
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    createSession: (session, { id = createFrameId() } = {}) =>
      requests.request<'session.create'>({ type: 'session.create', id, ...(session && { session }) }),
    attach: subscriptions.attach,
    send(session_id, events, { id = createFrameId() } = {}) {
      // An interrupt or an answer must not wait behind a message that is being retried.
      const lane = events.some((event) => event.type === 'user.message') ? session_id : undefined;
      return requests.request<'session.send'>({ type: 'session.send', id, session_id, events }, { lane });
    },
    updateSession: (session_id, changes) =>
      requests.request<'session.update'>({ ...changes, type: 'session.update', id: createFrameId(), session_id }),
    forkSession: (session_id, { afterEventId, title, id = createFrameId() } = {}) =>
      requests.request<'session.fork'>({
        type: 'session.fork',
        id,
        session_id,
        ...(afterEventId !== undefined && { after_event_id: afterEventId }),
        ...(title !== undefined && { title }),
      }),
    async withdraw(session_id, event_id) {
      await requests.request<'session.withdraw'>({
        type: 'session.withdraw',
        id: createFrameId(),
        session_id,
        event_id,
      });
    },
    async retryNow(session_id) {
      const frame = { type: 'session.retry_now', id: createFrameId(), session_id } as const;
      await requests.request<'session.retry_now'>(frame, { resend: false });
    },
    listEvents: (sessionId, page = {}) => listEvents({ fetch, baseUrl, headers }, sessionId, page),
    wake(session_id) {
      // A hint that comes late is none, and whether it was of use is nobody's concern.
      if (!isLive()) return;
      requests.start({ type: 'session.wake', id: createFrameId(), session_id }, NO_ANSWER, { resend: false });
    },
    watchSessions: sessionWatch.watch,
    async ping() {
      const startedAt = clock.now();
      await requests.request<'ping'>({ type: 'ping', id: createFrameId() });
      return clock.now() - startedAt;
    },
    reconnectNow: connection.reconnectNow,
    networkLost: connection.networkLost,
    close: connection.close,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const CHECK_TIMEOUT_MS = 5_000;
const NO_ANSWER = { onResult() {}, onError() {} };

/** False when the credential is refused. Rejects when nobody can say, as with the error page of a proxy. */
async function checkAccount(fetch: Fetch, url: string, headers: Record<string, string>): Promise<boolean> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
  await response.body?.cancel();
  if (!response.ok && response.status !== 401) throw new Error(`HTTP ${response.status}`);
  return response.ok;
}

function toClosedError(reason: string): ClientError {
  return reason === REASON_UNAUTHENTICATED
    ? new ClientError('authentication_error', 'The server does not accept the credential; sign in again.')
    : new ClientError('connection_closed', `The client was closed (${reason}).`);
}
