import { CLOSE_SLOW_READER } from '@claude-sdk-pattern/protocol/limits';
import type { ServerFrame } from '@claude-sdk-pattern/protocol';

import { backoffDelayMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { REASON_REQUESTED, REASON_UNAUTHENTICATED, type ConnectionState } from './connection-state.ts';
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';
import { parseServerFrame } from './server-frame.ts';
import type { WebSocketLike } from './web-socket.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** A connection that lived this long is proof that the server is well: the next backoff starts anew. */
const STABLE_AFTER_MS = 5_000;
const CODE_NORMAL = 1000;
const CODE_NEVER_OPENED = 1006;

export interface ConnectionDeps {
  openSocket: () => WebSocketLike;
  /** Whether the credential is good; asked when a socket was refused. A rejection means that it is not known. */
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
  close: (reason?: string) => Promise<void>;
}

interface Link {
  socket: WebSocketLike;
  openedAt: number | undefined;
  heartbeat: Heartbeat | undefined;
  cancelConnectTimeout: () => void;
}

/** Keeps one socket to the server: opens it at once, watches it, and replaces it when it fails, until closed. */
export function openConnection(deps: ConnectionDeps): Connection {
  const { clock } = deps;
  let state: ConnectionState = { state: 'connecting' };
  let link: Link | undefined;
  let failures = 0;
  let cancelRetry = doNothing;
  let closing: Promise<void> | undefined;

  function setState(next: ConnectionState): void {
    state = next;
    deps.onState(next);
  }

  function connect(): void {
    cancelRetry();
    cancelRetry = doNothing;
    const socket = deps.openSocket();
    const opening: Link = {
      socket,
      openedAt: undefined,
      heartbeat: undefined,
      cancelConnectTimeout: clock.after(CONNECT_TIMEOUT_MS, () => drop(opening, CODE_NEVER_OPENED)),
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
    let pings = 0;
    current.heartbeat = startHeartbeat({
      clock,
      sendPing: () => current.socket.send(JSON.stringify({ type: 'ping', id: `heartbeat-${(pings += 1)}` })),
      onDead: () => drop(current, CODE_NEVER_OPENED),
    });
    setState({ state: 'live' });
  }

  function received(current: Link, data: unknown): void {
    if (current !== link) return;
    current.heartbeat?.beat();
    const frame = parseServerFrame(data);
    if (frame) deps.onFrame(frame);
  }

  /** Gives a silent socket up without waiting for its close, which may take the system minutes. */
  function drop(current: Link, code: number): void {
    lost(current, code);
    current.socket.close();
  }

  function lost(current: Link, code: number): void {
    current.cancelConnectTimeout();
    current.heartbeat?.stop();
    if (current !== link) return;
    link = undefined;
    if (state.state === 'closed') return;
    const stable = current.openedAt !== undefined && clock.now() - current.openedAt >= STABLE_AFTER_MS;
    if (stable) failures = 0;
    // A slow reader is told to come back; only one that is dropped again and again has to wait.
    const atOnce = code === CLOSE_SLOW_READER && failures === 0;
    failures += 1;
    if (current.openedAt === undefined) void checkCredential();
    waitAndRetry(atOnce ? 0 : backoffDelayMs(failures, deps.random));
  }

  function waitAndRetry(delayMs: number): void {
    cancelRetry = clock.after(delayMs, connect);
    setState({ state: 'reconnecting', attempt: failures, retryAt: clock.now() + delayMs });
  }

  async function checkCredential(): Promise<void> {
    const good = await deps.checkAuth().catch(() => true);
    if (!good && state.state !== 'live') await close(REASON_UNAUTHENTICATED);
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
      if (state.state === 'live') link?.heartbeat?.probe();
      else if (state.state === 'reconnecting' && !link) connect();
    },
    close,
  };
}

function doNothing(): void {}
