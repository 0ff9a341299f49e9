import { createId } from '@claude-sdk-pattern/protocol/ids';
import type { Bootstrap, ServerFrame } from '@claude-sdk-pattern/protocol';

import { createCalls, type Calls } from './calls.ts';
import { ClientError } from './client-error.ts';
import { systemClock, type Clock } from './clock.ts';
import { openConnection } from './connection.ts';
import { REASON_UNAUTHENTICATED, type ConnectionState } from './connection-state.ts';
import { toEndpoints } from './endpoints.ts';
import type { AttachOptions } from './follower.ts';
import { getJson, type Fetch } from './http.ts';
import { listEvents, type EventsPage, type ListEventsOptions } from './list-events.ts';
import { createOverviewWatch, type OverviewListener } from './overview-watch.ts';
import { createRequests, NO_ANSWER } from './requests.ts';
import { createSessionWatch, type WatchOptions } from './session-watch.ts';
import { openSseSocket } from './sse-socket.ts';
import { createSubscriptions, type Attachment } from './subscriptions.ts';
import { openGlobalWebSocket, type WebSocketFactory, type WebSocketInit } from './web-socket.ts';

export interface ClientOptions {
  /** `http(s)://host` or `ws(s)://host/ws/v1/chat`, without a credential in it. */
  url: string;
  /** Sent as a header, which only Node can do. In a browser the sign-in cookie is used. */
  apiKey?: string;
  webSocket?: WebSocketFactory;
  /** Makes every HTTP request; the global `fetch` by default. */
  fetch?: Fetch;
  /** Whether the credential is good. Called when the server refuses a connection; by default an HTTP request. */
  checkAuth?: () => Promise<boolean>;
  clock?: Clock;
  /** From 0 to below 1; spreads reconnects. */
  random?: () => number;
}

/** One connection to the server. A request survives reconnects, is carried out once, and rejects with a ClientError. */
export interface Client extends Calls {
  readonly state: ConnectionState;
  onState: (listener: (state: ConnectionState) => void) => () => void;
  /** Follows a session until detached, over any number of connections. */
  attach: (sessionId: string, options: AttachOptions) => Attachment;
  /**
   * Reads a page of the journal over HTTP, oldest first: the newest events, those `before` a `seq`, or those `after`
   * one. Rejects at once when the server cannot be reached (`connection_failed`).
   */
  listEvents: (sessionId: string, options?: ListEventsOptions) => Promise<EventsPage>;
  /** Reads over HTTP who the user is, and what the server has on offer. Rejects with a ClientError. */
  getBootstrap: () => Promise<Bootstrap>;
  /** Follows the list of sessions; the returned function stops it. */
  watchSessions: (options: WatchOptions) => () => void;
  /** Follows how the server is, for operators; the returned function stops it. */
  watchOverview: (listener: OverviewListener) => () => void;
  /** Reconnects now, or checks a connection that is live. Call it when the network or the tab comes back. */
  reconnectNow: () => void;
  /** Treats the connection as lost now. Call it when the network is gone, which a socket notices much later. */
  networkLost: () => void;
  close: (reason?: string) => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Creates a client and starts to connect.
 * @throws TypeError for a URL that cannot be used.
 *
 * Over 100 lines: its methods share one connection.
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
    // If it gets lost, nothing breaks: the client drops events of sessions that nobody follows.
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
  const overviewWatch = createOverviewWatch({
    isLive,
    // Lost with the connection; the next one starts it again.
    request: (type) => requests.start({ type, id: createFrameId() }, NO_ANSWER, { resend: false }),
  });
  const calls = createCalls({ requests, clock, createFrameId, isLive });
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
      case 'session.presence':
        return subscriptions.receivePresence(frame);
      case 'session':
        return sessionWatch.session(frame.session);
      case 'session.deleted':
        subscriptions.deleted(frame.session_id);
        return sessionWatch.deleted(frame.session_id);
      case 'session.unshared':
        subscriptions.unshared(frame.session_id);
        return sessionWatch.unshared(frame.session_id);
      case 'plugins.changed':
        return sessionWatch.pluginsChanged();
      case 'model.outage':
        return sessionWatch.modelOutage(frame.retry_at);
      case 'overview':
        return overviewWatch.overview(frame.overview);
      case 'work.stopped':
        return sessionWatch.workStopped(frame.stop);
      case 'storage.problem':
        return sessionWatch.storageProblem(frame.problem);
    }
  }

  function onState(state: ConnectionState): void {
    switch (state.state) {
      case 'live':
        subscriptions.connected();
        sessionWatch.connected();
        overviewWatch.connected();
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
    ...calls,
    attach: subscriptions.attach,
    listEvents: (sessionId, page = {}) => listEvents({ fetch, baseUrl, headers }, sessionId, page),
    getBootstrap: () => getJson<Bootstrap>(fetch, accountUrl, headers),
    watchSessions: sessionWatch.watch,
    watchOverview: overviewWatch.watch,
    reconnectNow: connection.reconnectNow,
    networkLost: connection.networkLost,
    close: connection.close,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const CHECK_TIMEOUT_MS = 5_000;

/** False when the credential is refused. Rejects when the answer says neither, such as the error page of a proxy. */
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
