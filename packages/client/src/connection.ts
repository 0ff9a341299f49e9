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
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';
import { parseServerFrame } from './server-frame.ts';
import { createTransportChoice } from './transport-choice.ts';
import type { WebSocketLike } from './web-socket.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** An upgrade that takes longer than this, while HTTP is answered, is held up by something on the way. */
const SUSPECT_AFTER_MS = 4_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lived this long is proof that the server is well: the next backoff starts anew. */
const STABLE_AFTER_MS = 5_000;
/** Silence is borne so many times longer, doubled with each connection that fell silent after it had brought something. */
const MAX_PATIENCE = 16;
/** What outlived so much time, in which it would have been given up once, is as quick as any. */
const PATIENT_FOR_MS = 5_000;
const CODE_NORMAL = 1000;
const CODE_NEVER_OPENED = 1006;

export interface ConnectionDeps {
  openSocket: (transport: Transport) => WebSocketLike;
  /** Whether the credential is good, over HTTP; asked when a connection brought nothing. Rejects when it is not known. */
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
  /** Tries at once instead of waiting; asks for a sign of life when live. */
  reconnectNow: () => void;
  /** The network is gone: what is open counts as lost at once, and attempts go on. */
  networkLost: () => void;
  close: (reason?: string) => Promise<void>;
}

interface Link {
  transport: Transport;
  socket: WebSocketLike;
  openedAt: number | undefined;
  /** Whether a frame came, without which an open socket proves nothing: some proxies open it and pass nothing on. */
  heard: boolean;
  heartbeat: Heartbeat | undefined;
  cancelConnectTimeout: () => void;
}

/**
 * Keeps one socket to the server: opens it at once, watches it, and replaces it when it fails, until closed. Where
 * WebSockets do not get through it takes HTTP instead.
 */
export function openConnection(deps: ConnectionDeps): Connection {
  const { clock } = deps;
  let state: ConnectionState = { state: 'connecting' };
  let link: Link | undefined;
  const choice = createTransportChoice();
  let failures = 0;
  let patience = 1;
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
    const socket = deps.openSocket(transport);
    const cancelTimeout = clock.after(CONNECT_TIMEOUT_MS, () => drop(opening));
    const cancelSuspicion = clock.after(SUSPECT_AFTER_MS, () => void suspect(opening));
    const opening: Link = {
      transport,
      socket,
      openedAt: undefined,
      heard: false,
      heartbeat: undefined,
      cancelConnectTimeout() {
        cancelTimeout();
        cancelSuspicion();
      },
    };
    link = opening;
    socket.addEventListener('open', () => opened(opening));
    socket.addEventListener('message', (event) => received(opening, event.data));
    socket.addEventListener('close', (event) => lost(opening, event.code));
    // `close` always follows; without a listener the `ws` package throws.
    socket.addEventListener('error', () => {});
  }

  function opened(current: Link): void {
    if (current !== link) return;
    current.cancelConnectTimeout();
    current.openedAt = clock.now();
    offline = false;
    let pings = 0;
    current.heartbeat = startHeartbeat({
      clock,
      patience: () => patience,
      sendPing: () => current.socket.send(JSON.stringify({ type: 'ping', id: `heartbeat-${(pings += 1)}` })),
      onDead: () => drop(current),
    });
    setState({ state: 'live', transport: current.transport });
  }

  function received(current: Link, data: unknown): void {
    if (current !== link) return;
    current.heartbeat?.beat();
    lastHeardAt = clock.now();
    if (patience > 1 && lastHeardAt - (current.openedAt ?? lastHeardAt) > PATIENT_FOR_MS * patience) patience = 1;
    if (!current.heard) {
      current.heard = true;
      choice.worked(current.transport);
    }
    const frame = parseServerFrame(data);
    if (frame) deps.onFrame(frame);
  }

  /** Gives a silent socket up without waiting for its close, which may take the system minutes. */
  function drop(current: Link): void {
    lost(current, CODE_NEVER_OPENED, 'silence');
    current.socket.close();
  }

  /** Asks, while a socket takes long to open, whether it is the server that is slow or the way for WebSockets. */
  async function suspect(current: Link): Promise<void> {
    const good = await deps.checkAuth().catch(() => false);
    if (good && current === link && current.openedAt === undefined) drop(current);
  }

  function lost(current: Link, code: number, cause: LossCause = 'closed'): void {
    current.cancelConnectTimeout();
    current.heartbeat?.stop();
    if (current !== link) return;
    link = undefined;
    if (state.state === 'closed') return;
    const silent = cause === 'silence';
    // A large frame on a slow line looks like silence, and the next connection would begin it anew, for ever.
    patience = silent && current.heard ? Math.min(patience * 2, MAX_PATIENCE) : 1;
    const stable = current.openedAt !== undefined && clock.now() - current.openedAt >= STABLE_AFTER_MS;
    if (stable) failures = 0;
    // A slow reader is told to come back; only one that is dropped again and again has to wait.
    const atOnce = code === CLOSE_SLOW_READER && failures === 0;
    failures += 1;
    if (code === CLOSE_ACCESS_CHANGED) return void askBeforeRetry();
    if (current.heard || (stable && !silent)) choice.ended(current.transport);
    else void findCause(current.transport, silent);
    waitAndRetry(atOnce ? 0 : backoffDelayMs(failures, deps.random), cause);
  }

  function waitAndRetry(delayMs: number, cause: LossCause): void {
    cancelRetry = clock.after(delayMs, connect);
    tellReconnecting(delayMs, cause);
  }

  function tellReconnecting(delayMs: number, lossCause: LossCause): void {
    // While the network is away every attempt fails in a way that looks like the server's.
    const cause = offline ? 'offline' : lossCause;
    setState({ state: 'reconnecting', attempt: failures, retryAt: clock.now() + delayMs, cause, lastHeardAt });
  }

  /** The rights have changed: nothing is tried before it is known whether any are left. */
  async function askBeforeRetry(): Promise<void> {
    tellReconnecting(0, 'closed');
    const good = await deps.checkAuth().catch(() => undefined);
    if (state.state !== 'reconnecting' || link) return;
    if (good === false) return close(REASON_UNAUTHENTICATED);
    if (good === true && failures === 1) connect();
    else waitAndRetry(backoffDelayMs(failures, deps.random), 'closed');
  }

  /** The connection brought nothing: because of the credential, of what stands between, or of the server itself? */
  async function findCause(transport: Transport, silent: boolean): Promise<void> {
    const good = await deps.checkAuth().catch(() => undefined);
    if (good === undefined || state.state !== 'reconnecting') return;
    if (!good) return close(REASON_UNAUTHENTICATED);
    const before = choice.next;
    choice.failed(transport, silent);
    // The server is there and well: no reason to let a person wait.
    if (choice.next !== before && choice.next === 'sse' && !link) connect();
  }

  function close(reason = REASON_REQUESTED): Promise<void> {
    closing ??= new Promise((resolve) => {
      const current = link;
      cancelRetry();
      link = undefined;
      if (current) {
        current.cancelConnectTimeout();
        current.heartbeat?.stop();
        const cancelTimeout = clock.after(CLOSE_TIMEOUT_MS, resolve);
        current.socket.addEventListener('close', () => {
          cancelTimeout();
          resolve();
        });
        current.socket.close(CODE_NORMAL);
      } else {
        resolve();
      }
      setState({ state: 'closed', reason });
    });
    return closing;
  }

  connect();

  return {
    get state() {
      return state;
    },
    transmit(text) {
      if (state.state !== 'live' || !link) return false;
      link.socket.send(text);
      return true;
    },
    reconnectNow() {
      offline = false;
      if (state.state === 'live') link?.heartbeat?.probe();
      else if (state.state === 'reconnecting' && !link) connect();
    },
    networkLost() {
      offline = true;
      if (!link) return;
      const current = link;
      lost(current, CODE_NEVER_OPENED, 'offline');
      current.socket.close();
    },
    close,
  };
}

function doNothing(): void {}
