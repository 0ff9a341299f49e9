import { CLOSE_ACCESS_CHANGED, CLOSE_SLOW_READER } from '@claude-sdk-pattern/protocol/limits';
import type { ServerFrame } from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import {
  REASON_REQUESTED,
  REASON_UNAUTHENTICATED,
  type ConnectionState,
  type LossCause,
  type Transport,
} from './connection-state.ts';
import { createLink, type Link } from './link.ts';
import { createPatience } from './patience.ts';
import { parseServerFrame } from './server-frame.ts';
import { createTransportChoice } from './transport-choice.ts';
import type { WebSocketLike } from './web-socket.ts';

/** A connection that lived this long shows that the server is well: the next backoff begins at its shortest delay. */
const STABLE_AFTER_MS = 5_000;

export interface ConnectionDeps {
  openSocket: (transport: Transport) => WebSocketLike;
  /**
   * Whether the credential is good, over HTTP. Called when a connection brought nothing; rejects when it cannot be
   * told.
   */
  checkAuth: () => Promise<boolean>;
  clock: Clock;
  random: () => number;
  onFrame: (frame: ServerFrame) => void;
  onState: (state: ConnectionState) => void;
}

export interface Connection {
  readonly state: ConnectionState;
  /** False when not live; nothing is queued here. */
  transmit: (text: string) => boolean;
  /** Tries now instead of waiting; sends a ping when live. */
  reconnectNow: () => void;
  /** The network is gone: an open connection counts as lost now, and attempts continue. */
  networkLost: () => void;
  close: (reason?: string) => Promise<void>;
}

/**
 * Keeps one socket to the server until closed: opens it at once, watches it, and replaces it when it fails. Uses HTTP
 * where WebSockets do not get through.
 *
 * Over 100 lines: every handler moves the one state of the connection; what has a state of its own has its own file.
 */
export function openConnection(deps: ConnectionDeps): Connection {
  const { clock } = deps;
  let state: ConnectionState = { state: 'connecting' };
  let link: Link | undefined;
  const choice = createTransportChoice();
  const patience = createPatience();
  let failures = 0;
  let offline = false;
  let lastHeardAt: number | undefined;
  let cancelRetry = doNothing;
  let closing: Promise<void> | undefined;

  function setState(next: ConnectionState): void {
    state = next;
    deps.onState(next);
  }

  function connect(): void {
    cancelRetry();
    cancelRetry = doNothing;
    const transport = choice.next;
    const opening: Link = createLink(deps.openSocket(transport), transport, {
      clock,
      patience: () => patience.factor,
      onOpen() {
        offline = false;
        setState({ state: 'live', transport });
      },
      onSlow: () => void suspect(opening),
      onMessage: (data, isFirst) => received(opening, data, isFirst),
      onLost: (code, cause) => lost(opening, code, cause),
    });
    link = opening;
  }

  function received({ transport, openedAt }: Link, data: unknown, isFirst: boolean): void {
    lastHeardAt = clock.now();
    patience.heard(lastHeardAt - (openedAt ?? lastHeardAt));
    if (isFirst) choice.worked(transport);
    const frame = parseServerFrame(data);
    if (frame) deps.onFrame(frame);
  }

  /** While a socket takes long to open: finds out whether the server is slow or something blocks WebSockets. */
  async function suspect(current: Link): Promise<void> {
    const good = await deps.checkAuth().catch(() => false);
    if (good && current === link && current.openedAt === undefined) current.giveUp('silence');
  }

  function lost({ transport, openedAt, heard }: Link, code: number, cause: LossCause): void {
    link = undefined;
    if (state.state === 'closed') return;
    const silent = cause === 'silence';
    patience.ended(silent && heard);
    const stable = openedAt !== undefined && clock.now() - openedAt >= STABLE_AFTER_MS;
    if (stable) failures = 0;
    // A slow reader may reconnect at once; one that is closed again and again has to wait.
    const atOnce = code === CLOSE_SLOW_READER && failures === 0;
    failures += 1;
    if (code === CLOSE_ACCESS_CHANGED) return void askBeforeRetry();
    if (heard || (stable && !silent)) choice.ended(transport);
    else void findCause(transport, silent);
    waitAndRetry(atOnce ? 0 : backoffDelayMs(failures, deps.random), cause);
  }

  function waitAndRetry(delayMs: number, cause: LossCause): void {
    cancelRetry = clock.after(delayMs, connect);
    tellReconnecting(delayMs, cause);
  }

  function tellReconnecting(delayMs: number, lossCause: LossCause): void {
    // Without a network every attempt fails in a way that looks like the server's fault.
    const cause = offline ? 'offline' : lossCause;
    setState({ state: 'reconnecting', attempt: failures, retryAt: clock.now() + delayMs, cause, lastHeardAt });
  }

  /** The credential has ended or changed: the client asks whether it is still good before it tries again. */
  async function askBeforeRetry(): Promise<void> {
    tellReconnecting(0, 'closed');
    const good = await deps.checkAuth().catch(() => undefined);
    if (state.state !== 'reconnecting' || link) return;
    if (good === false) return close(REASON_UNAUTHENTICATED);
    if (good === true && failures === 1) connect();
    else waitAndRetry(backoffDelayMs(failures, deps.random), 'closed');
  }

  /** Finds out why a connection brought nothing: the credential, something between, or the server. */
  async function findCause(transport: Transport, silent: boolean): Promise<void> {
    const good = await deps.checkAuth().catch(() => undefined);
    if (good === undefined || state.state !== 'reconnecting') return;
    if (!good) return close(REASON_UNAUTHENTICATED);
    const before = choice.next;
    choice.failed(transport, silent);
    // The server answers over HTTP, so there is no reason to wait.
    if (choice.next !== before && choice.next === 'sse' && !link) connect();
  }

  function close(reason = REASON_REQUESTED): Promise<void> {
    if (closing) return closing;
    cancelRetry();
    closing = link?.close() ?? Promise.resolve();
    link = undefined;
    setState({ state: 'closed', reason });
    return closing;
  }

  connect();

  return {
    get state() {
      return state;
    },
    transmit(text) {
      if (state.state !== 'live' || !link) return false;
      link.send(text);
      return true;
    },
    reconnectNow() {
      offline = false;
      if (state.state === 'live') link?.probe();
      else if (state.state === 'reconnecting' && !link) connect();
    },
    networkLost() {
      offline = true;
      link?.giveUp('offline');
    },
    close,
  };
}

function doNothing(): void {}
