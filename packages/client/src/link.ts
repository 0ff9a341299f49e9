import type { Clock } from './clock.ts';
import type { LossCause, Transport } from './connection-state.ts';
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';
import type { WebSocketLike } from './web-socket.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** When an upgrade takes longer than this while HTTP is answered, something between blocks WebSockets. */
const SUSPECT_AFTER_MS = 4_000;
const CLOSE_TIMEOUT_MS = 2_000;
const CODE_NORMAL = 1000;
const CODE_NEVER_OPENED = 1006;

export interface LinkDeps {
  clock: Clock;
  /** Multiplies the times of silence, see `Heartbeat`. */
  patience: () => number;
  onOpen: () => void;
  /** The socket takes long to open. */
  onSlow: () => void;
  /** `isFirst` for the first message of this link. */
  onMessage: (data: unknown, isFirst: boolean) => void;
  /** Called once, unless the link was closed before. `code` is that of the socket's close. */
  onLost: (code: number, cause: LossCause) => void;
}

/** One socket to the server, watched from its opening to its end. */
export interface Link {
  readonly transport: Transport;
  /** Undefined until the socket is open. */
  readonly openedAt: number | undefined;
  /** Whether anything came. An open socket alone proves nothing: some proxies open it and pass nothing on. */
  readonly heard: boolean;
  send: (text: string) => void;
  /** Sends a ping now. */
  probe: () => void;
  /** Treats the connection as lost now. The socket's own close can take the system minutes. */
  giveUp: (cause: LossCause) => void;
  /** Resolves when the socket is closed, or would not close in time. */
  close: () => Promise<void>;
}

/** Watches a socket that was just opened. */
export function createLink(socket: WebSocketLike, transport: Transport, deps: LinkDeps): Link {
  const { clock } = deps;
  let openedAt: number | undefined;
  let heard = false;
  let ended = false;
  let pings = 0;
  let heartbeat: Heartbeat | undefined;
  const cancelTimeout = clock.after(CONNECT_TIMEOUT_MS, () => giveUp('silence'));
  const cancelSuspicion = clock.after(SUSPECT_AFTER_MS, deps.onSlow);

  function end(): void {
    ended = true;
    cancelTimeout();
    cancelSuspicion();
    heartbeat?.stop();
  }

  function lose(code: number, cause: LossCause): void {
    if (ended) return;
    end();
    deps.onLost(code, cause);
  }

  function giveUp(cause: LossCause): void {
    lose(CODE_NEVER_OPENED, cause);
    socket.close();
  }

  socket.addEventListener('open', () => {
    if (ended) return;
    cancelTimeout();
    cancelSuspicion();
    openedAt = clock.now();
    heartbeat = startHeartbeat({
      clock,
      patience: deps.patience,
      sendPing: () => socket.send(JSON.stringify({ type: 'ping', id: `heartbeat-${(pings += 1)}` })),
      onDead: () => giveUp('silence'),
    });
    deps.onOpen();
  });
  socket.addEventListener('message', ({ data }) => {
    if (ended) return;
    heartbeat?.beat();
    const isFirst = !heard;
    heard = true;
    deps.onMessage(data, isFirst);
  });
  socket.addEventListener('close', ({ code }) => lose(code, 'closed'));
  // `close` always follows; without a listener the `ws` package throws.
  socket.addEventListener('error', () => {});

  return {
    transport,
    get openedAt() {
      return openedAt;
    },
    get heard() {
      return heard;
    },
    send: (text) => socket.send(text),
    probe: () => heartbeat?.probe(),
    giveUp,
    close() {
      end();
      return new Promise((resolve) => {
        const cancelWait = clock.after(CLOSE_TIMEOUT_MS, resolve);
        socket.addEventListener('close', () => {
          cancelWait();
          resolve();
        });
        socket.close(CODE_NORMAL);
      });
    },
  };
}
