import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import {
  createServer,
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { pipeline, type Duplex } from 'node:stream';

import { createOneConnectionTest } from '../../lib/one-connection-headers.ts';
import { isReachable } from './is-reachable.ts';

const MAX_CONNECTIONS = 500;
const IDLE_TIMEOUT_MS = 5 * 60 * 1000;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/**
 * Listens on a unix socket as an HTTP proxy that connects only to these hosts: tunnels (`CONNECT`) and plain HTTP. It listens
 * when this returns, and does not keep the server from ending. A socket that was left there is removed.
 * @param socketPath Absolute; in a folder that only this user can enter. Programs in a sandbox get the socket alone.
 */
export function openHostProxy(socketPath: string, hosts: readonly string[]): void {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  rmSync(socketPath, { force: true });
  const server = createServer((request, response) => pass(request, response, hosts));
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const target = toTarget(`http://${request.url ?? ''}`, HTTPS_PORT);
    if (target === undefined || !isReachable(hosts, target)) return void client.end(REFUSED);
    const upstream = connect(target);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    tie(upstream, client);
  });
  server.unref();
  server.listen(socketPath);
  // Processes may have another user, who can reach the socket only where it is mounted for them.
  chmodSync(socketPath, 0o666);
}

const REFUSED = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

function pass(request: IncomingMessage, response: ServerResponse, hosts: readonly string[]): void {
  const target = toTarget(request.url ?? '', HTTP_PORT);
  if (target === undefined || !isReachable(hosts, target)) {
    response.writeHead(403).end('The plugin was not granted this host\n');
    return;
  }
  const fail = () => void (response.headersSent ? response.destroy() : response.writeHead(502).end());
  try {
    const headers = toPassed(request.headers);
    const upstream = sendRequest(new URL(request.url ?? ''), { method: request.method, headers, agent: false });
    upstream.setTimeout(IDLE_TIMEOUT_MS, () => upstream.destroy());
    upstream.once('response', (answer) => {
      try {
        // What a host answers is as little to be trusted as what a plugin asks.
        response.writeHead(answer.statusCode ?? 502, toPassed(answer.headers));
        pipeline(answer, response, () => undefined);
      } catch {
        answer.destroy();
        fail();
      }
    });
    upstream.once('upgrade', (_, socket) => void socket.destroy());
    upstream.on('error', fail);
    upstream.once('close', () => response.headersSent || fail());
    response.once('close', () => upstream.destroy());
    pipeline(request, upstream, () => undefined);
  } catch {
    fail();
  }
}

/** Without what is for one connection only. */
function toPassed(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const isOfOneConnection = createOneConnectionTest(headers);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isOfOneConnection(name)));
}

function toTarget(url: string, defaultPort: number): { host: string; port: number } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  return protocol === 'http:' ? { host: hostname, port: Number(port || defaultPort) } : undefined;
}

/** Each ends with the other. */
function tie(upstream: Socket, client: Duplex): void {
  upstream.setTimeout(IDLE_TIMEOUT_MS, () => upstream.destroy());
  upstream.once('close', () => client.destroy());
  upstream.once('error', () => client.destroy());
  client.once('close', () => upstream.destroy());
}
