import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import { createBoundConnections, type ConnectionLimits } from './bound-connections.ts';
import { findEndpoint, isSendable, splitTarget, type Endpoint } from './endpoints.ts';
import { forwardCall, type ForwardDeps } from './forward-call.ts';
import { toUpstreamHeaders } from './headers.ts';
import { holdCall } from './hold-call.ts';
import { listenOnSocket } from './listen-on-socket.ts';
import { announcesBody, readBody } from './read-body.ts';
import { refuseCall } from './refuse-call.ts';
import type { Grant, SessionTokens } from './session-tokens.ts';
import { createUpstream, type GatewayUpstream } from './upstream.ts';

export interface ModelGatewayDeps extends Omit<ForwardDeps, 'upstream'> {
  upstream: GatewayUpstream;
  tokens: SessionTokens;
  /** A unix socket to listen on as well, for agent processes without a network; see `listenOnSocket`. */
  socketPath?: string | undefined;
  connectionLimits?: ConnectionLimits | undefined;
}

export interface ModelGateway {
  /** What agent processes get as ANTHROPIC_BASE_URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** The strict parser of Node refuses what is framed twice, wrong or not to the end. */
const OPTIONS = { keepAliveTimeout: 60_000, insecureHTTPParser: false };

/** Listens on a free loopback port, and on the socket if there is one. Rejects when it cannot listen. */
export async function startModelGateway(deps: ModelGatewayDeps): Promise<ModelGateway> {
  const upstream = createUpstream(deps.upstream);
  const connections = createBoundConnections(deps.connectionLimits);
  /** Connections of which some request was framed wrong: no other request of theirs counts. */
  const broken = new WeakSet<Duplex>();
  /** Answers that have not ended, by their connection. */
  const answers = new WeakMap<Duplex, readonly ServerResponse[]>();

  /** Who asks for what, then its body, then the upstream: nothing is sent before all of the request is there. */
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const grant = deps.tokens.find(readToken(request));
    if (grant === undefined) {
      throw new CspError('authentication_required', 'This token is unknown or its session has ended');
    }
    try {
      connections.know(request.socket, grant);
    } catch (error) {
      broken.add(request.socket);
      throw error;
    }
    const { path, query } = splitTarget(request.url ?? '/');
    const endpoint = findEndpoint(request.method, path);
    if (endpoint === undefined) {
      throw new CspError('not_found', `${request.method} ${path} is not offered to agents`);
    }
    const fault = findFault(request, { endpoint, query });
    if (fault !== undefined) {
      broken.add(request.socket);
      throw new CspError('invalid_request', `${request.method} ${path} ${fault}`);
    }
    using held = holdCall(grant);
    const { signal, dispose } = toCallSignal(response, grant);
    try {
      const body = await readBody(request, held.take);
      if (broken.has(request.socket)) return;
      const headers = toUpstreamHeaders(request.headers, deps.upstream.apiKey);
      const outgoing = { endpoint, query, headers, body: endpoint.hasBody ? body : null, signal };
      await forwardCall({ ...deps, upstream }, outgoing, { response, grant });
    } finally {
      dispose();
    }
  };

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // Behind a request that was framed wrong nothing is a request.
    if (broken.has(socket)) return;
    socket.setNoDelay(true);
    answers.set(socket, [...(answers.get(socket) ?? []), response]);
    response.once('close', () => {
      answers.set(
        socket,
        (answers.get(socket) ?? []).filter((each) => each !== response),
      );
    });
    serve(request, response).catch((error: unknown) => {
      // A broken upstream breaks the answer too: the CLI must see what happened, and asks again by itself.
      if (response.headersSent || response.destroyed || !(error instanceof CspError)) {
        deps.logger.debug({ err: error }, 'a model call broke off');
        // In the next round of the loop: what was written goes out first.
        setImmediate(() => response.destroy());
        return;
      }
      const isLast = broken.has(socket) || !request.complete;
      refuseCall(response, error, { headers: isLast ? { connection: 'close' } : {} });
    });
  };

  const listen = (): Server => {
    const server = createServer(OPTIONS, handle);
    server.on('connection', connections.add);
    server.on('clientError', (_error, socket) => {
      broken.add(socket);
      // Every call on the connection ends with it. In the middle of an answer nothing else can be said.
      const isAnswering = (answers.get(socket) ?? []).some((response) => response.headersSent);
      if (!socket.writable || isAnswering) socket.destroy();
      else socket.end(BAD_REQUEST, () => socket.destroy());
    });
    return server;
  };

  const server = listen();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const servers = [server];
  if (deps.socketPath !== undefined) {
    const socketServer = listen();
    await listenOnSocket(socketServer, deps.socketPath).catch((error: unknown) => {
      server.close();
      throw error;
    });
    servers.push(socketServer);
  }
  let closing: Promise<void> | undefined;

  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      closing ??= Promise.all(servers.map(closeServer)).then(() => upstream.close());
      return closing;
    },
  };
}

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Why a call of an endpoint cannot be sent on as it came; undefined when it can. */
function findFault(
  request: IncomingMessage,
  { endpoint, query }: { endpoint: Endpoint; query: string },
): string | undefined {
  if (!endpoint.hasBody && announcesBody(request)) return 'takes no body';
  if (!isSendable(query)) return 'came with characters in its query that must be percent-encoded';
  if ((request.headers['transfer-encoding'] ?? 'chunked') !== 'chunked')
    return 'takes no transfer encoding but chunked';
  return undefined;
}

/** Aborted when nobody waits for the answer any more, or nobody may. */
function toCallSignal(response: ServerResponse, grant: Grant): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  response.once('close', abort);
  grant.revoked.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    dispose() {
      response.off('close', abort);
      grant.revoked.removeEventListener('abort', abort);
    },
  };
}

/** Also removes the socket's file. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function readToken(request: IncomingMessage): string {
  const key = request.headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
