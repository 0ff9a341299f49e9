import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A request, byte for byte. */
export interface LedgerEntry {
  /** 1, 2, 3 … in the order in which connections came. */
  connection: number;
  method: string;
  target: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** For tests: an upstream that parses strictly by the bytes, answers pipelined requests, and records all of them. */
export interface PipeliningUpstream extends AsyncDisposable {
  baseUrl: string;
  ledger: readonly LedgerEntry[];
  /** Bytes that were no request, as sentences. */
  findProblems(): string[];
  /** Every byte that came. */
  readonly received: string;
}

/** Answers each request with its own body, or `{}`. */
export async function startPipeliningUpstream(): Promise<PipeliningUpstream> {
  const ledger: LedgerEntry[] = [];
  const problems: string[] = [];
  const rests = new Map<number, string>();
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    const connection = sockets.size;
    let rest = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      rest += bytes.toString('latin1');
      for (let taken = takeRequest(rest); taken !== undefined; taken = takeRequest(rest)) {
        if ('problem' in taken) {
          problems.push(taken.problem);
          socket.destroy();
          return;
        }
        rest = taken.rest;
        ledger.push({ connection, ...taken.request });
        const body = taken.request.body || '{}';
        const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
        socket.write(head + body, 'latin1');
      }
      rests.set(connection, rest);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ledger,
    findProblems: () => [...problems, ...[...rests.values()].filter((rest) => rest !== '')],
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

type Taken = { request: Omit<LedgerEntry, 'connection'>; rest: string } | { problem: string };

/** The first request in the bytes; undefined while it is incomplete. A request has one content length or none. */
function takeRequest(bytes: string): Taken | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [line = '', ...fields] = bytes.slice(0, end).split('\r\n');
  const start = /^([A-Z]+) (\/[!-~]*) HTTP\/1\.1$/.exec(line);
  if (start === null) return { problem: `"${line}" begins no request` };
  const pairs = fields.map((field) => /^([!-9;-~]+): ?(.*)$/.exec(field)?.slice(1) ?? [field, '']);
  const names = pairs.map(([name = '']) => name.toLowerCase());
  if (new Set(names).size !== names.length) return { problem: `a header stands twice: ${names.join(' ')}` };
  const headers = Object.fromEntries(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value]));
  if (headers['transfer-encoding'] !== undefined) return { problem: 'the gateway knows the length of what it sends' };
  const length = headers['content-length'] ?? '0';
  if (!/^\d+$/.test(length)) return { problem: `"${length}" is no length` };
  const from = end + 4;
  if (bytes.length < from + Number(length)) return undefined;
  const [, method = '', target = ''] = start;
  const body = bytes.slice(from, from + Number(length));
  return { request: { method, target, headers, body }, rest: bytes.slice(from + Number(length)) };
}
