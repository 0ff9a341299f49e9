import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy in front of a real server, with switches for network faults. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** How many client connections are open now. */
  readonly open: number;
  /** The first line of every request that began a connection. */
  readonly requestLines: readonly string[];
  /** Resets every connection, as when a line breaks. */
  cut: () => void;
  /**
   * Passes no data in either direction and closes nothing, as when a laptop leaves its network. New connections hang,
   * too.
   */
  freeze: () => void;
  /** Passes on what clients send, and drops what the server sends. */
  deafen: () => void;
  /** Lets new connections through. Frozen connections stay frozen until they are cut. */
  thaw: () => void;
  /** Delays every piece of data by this many milliseconds. */
  delay: (ms: number) => void;
  /**
   * What happens to WebSocket upgrades: many proxies refuse them with 502, some let them hang. All other requests pass.
   */
  upgrades: 'pass' | 'refuse' | 'hang';
}

interface Pair {
  client: Socket;
  server: Socket;
  mode: 'pass' | 'deaf' | 'frozen';
}

export async function startFaultProxy(target: { url: string }): Promise<FaultProxy> {
  const { hostname, port } = new URL(target.url);
  const pairs = new Set<Pair>();
  const requestLines: string[] = [];
  let mode: Pair['mode'] = 'pass';
  let delayMs = 0;

  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    const pair: Pair = { client, server, mode };
    pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        const upgrade = from === client && isUpgrade(chunk, requestLines);
        if (upgrade && proxy.upgrades === 'hang') return undefined;
        if (upgrade && proxy.upgrades === 'refuse') {
          client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
          return server.destroy();
        }
        const pass = () => {
          if (pair.mode === 'frozen' || (pair.mode === 'deaf' && from === server) || to.destroyed) return;
          to.write(chunk);
        };
        if (delayMs > 0) setTimeout(pass, delayMs);
        else pass();
        return undefined;
      });
      // A frozen connection does not tell either end that the other has closed.
      from.on('close', () => {
        if (from === client) pairs.delete(pair);
        if (pair.mode === 'pass') to.destroy();
      });
      from.on('error', () => {});
    }
  });

  const switchTo = (next: Pair['mode']) => {
    mode = next;
    for (const pair of pairs) if (next !== 'pass') pair.mode = next;
  };
  const cut = () => {
    for (const { client, server } of [...pairs]) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  };

  const proxy: FaultProxy = {
    url: '',
    get open() {
      return pairs.size;
    },
    requestLines,
    upgrades: 'pass',
    cut,
    freeze: () => switchTo('frozen'),
    deafen: () => switchTo('deaf'),
    thaw: () => switchTo('pass'),
    delay(ms) {
      delayMs = ms;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return Object.assign(proxy, { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` });
}

/** Records the first line of a request. A body begins with other letters. */
function isUpgrade(chunk: Buffer, requestLines: string[]): boolean {
  const head = chunk.toString('latin1', 0, 4096);
  if (!/^(?:GET|POST|DELETE) \/\S* HTTP\/1\.1\r\n/.test(head)) return false;
  requestLines.push(head.slice(0, head.indexOf('\r\n')));
  return /\r\nupgrade: *websocket\r\n/i.test(head);
}
