import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A connection to a server whose speed can be limited. */
export interface SlowProxy extends AsyncDisposable {
  readonly url: string;
  /** Limits each connection to this many bytes per second towards the browser; Infinity removes the limit. */
  throttle: (bytesPerSecond: number) => void;
  /** The same for data from the browser. */
  throttleUpload: (bytesPerSecond: number) => void;
}

interface Direction {
  bytesPerSecond: number;
}

const PIECE_BYTES = 512;

/** Starts a TCP proxy in front of a server, because a browser cannot throttle WebSockets. */
export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const wakers = new Set<() => void>();
  const down: Direction = { bytesPerSecond: Infinity };
  const up: Direction = { bytesPerSecond: Infinity };

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket.setNoDelay(true).on('error', () => other.destroy()));
      socket.on('close', () => sockets.delete(socket) && other.destroy());
    }
    void trickle(client, upstream, up).catch(() => upstream.destroy());
    void trickle(upstream, client, down).catch(() => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function trickle(from: Socket, to: Socket, direction: Direction): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        const rate = direction.bytesPerSecond;
        const piece = rate === Infinity ? chunk.subarray(at) : chunk.subarray(at, at + PIECE_BYTES);
        at += piece.length;
        if (!to.write(piece)) await once(to, 'drain');
        if (rate !== Infinity) await pause((piece.length / rate) * 1000);
      }
    }
    to.end();
  }
  function setRate(direction: Direction, bytesPerSecond: number): void {
    direction.bytesPerSecond = bytesPerSecond;
    for (const wake of wakers) wake();
  }
  /** The wait ends early when the limit is removed. */
  function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    wakers.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      wakers.delete(resolve);
    });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    throttle: (bytesPerSecond) => setRate(down, bytesPerSecond),
    throttleUpload: (bytesPerSecond) => setRate(up, bytesPerSecond),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const wake of wakers) wake();
      server.close();
      await once(server, 'close');
    },
  };
}
