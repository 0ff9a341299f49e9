import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { CspError, createId } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { findEndpoint, isSendable, splitTarget } from './endpoints.ts';
import { toUpstreamHeaders } from './headers.ts';
import { holdCall } from './hold-call.ts';
import { listenOnSocket } from './listen-on-socket.ts';
import { passAnswer } from './pass-answer.ts';
import { announcesBody, readBody } from './read-body.ts';
import { refuseCall } from './refuse-call.ts';
import type { Grant, SessionTokens, TokenHolder } from './session-tokens.ts';
import { createUpstream, type GatewayUpstream, type UpstreamRequest } from './upstream.ts';
import { createUsageReader, type ModelUsage } from './usage-reader.ts';

/** One model call as it passed the gateway. */
export interface MeteredRequest {
  id: string;
  holder: TokenHolder;
  usage: ModelUsage;
  /** Null when the upstream gave no answer. */
  statusCode: number | null;
  durationMs: number;
}

export interface ModelGatewayDeps {
  upstream: GatewayUpstream;
  tokens: SessionTokens;
  clock: Clock;
  logger: Logger;
  /** A unix socket to listen on as well, for agent processes without a network; see `listenOnSocket`. */
  socketPath?: string | undefined;
  /** Called once for each call to /v1/messages, after its last byte; must not throw. */
  onRequest(request: MeteredRequest): void;
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
    const { path, query } = splitTarget(request.url ?? '/');
    const endpoint = findEndpoint(request.method, path);
    if (endpoint === undefined) {
      throw new CspError('not_found', `${request.method} ${path} is not offered to agents`);
    }
    const mayHaveBody = endpoint.hasBody || !announcesBody(request);
    if (!mayHaveBody || !isSendable(query) || (request.headers['transfer-encoding'] ?? 'chunked') !== 'chunked') {
      broken.add(request.socket);
      throw new CspError('invalid_request', `${request.method} ${path} is not asked for in this way`);
    }
    using held = holdCall(grant);
    const { signal, dispose } = toCallSignal(response, grant);
    try {
      const body = await readBody(request, held.take);
      if (broken.has(request.socket)) return;
      const headers = toUpstreamHeaders(request.headers, deps.upstream.apiKey);
      await forward({ endpoint, query, headers, body: endpoint.hasBody ? body : null, signal }, { response, grant });
    } finally {
      dispose();
    }
  };

  const forward = async (
    outgoing: UpstreamRequest,
    { response, grant }: { response: ServerResponse; grant: Grant },
  ): Promise<void> => {
    const startedAt = deps.clock.now();
    const { holder } = grant;
    let statusCode: number | null = null;
    let reader = createUsageReader('');
    try {
      const answer = await upstream.send(outgoing);
      statusCode = answer.statusCode;
      reader = createUsageReader(String(answer.headers['content-type'] ?? ''));
      const onChunk = outgoing.endpoint.isMetered ? reader.push : () => undefined;
      await passAnswer(answer, response, { onChunk, signal: outgoing.signal });
    } catch (error) {
      if (outgoing.signal.aborted) response.destroy();
      else if (response.headersSent) {
        // A broken upstream breaks the answer too: the CLI must see what happened, and retries by itself.
        deps.logger.debug({ err: error, session_id: holder.sessionId }, 'model stream broke');
        response.destroy();
      } else {
        deps.logger.warn({ err: error, session_id: holder.sessionId }, 'model upstream is not reachable');
        throw new CspError('overloaded', 'The model upstream is not reachable', { cause: error });
      }
    } finally {
      const durationMs = deps.clock.now() - startedAt;
      if (outgoing.endpoint.isMetered) {
        deps.onRequest({ id: createId('req'), holder, usage: reader.end(), statusCode, durationMs });
      }
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
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const isOurs = error instanceof CspError;
      // A connection that broke before its request was whole reads no answer.
      if (!isOurs && !request.complete) response.destroy();
      else {
        if (!isOurs) deps.logger.error({ err: error }, 'a model call failed inside the gateway');
        const shown = isOurs ? error : new CspError('internal', 'The gateway could not make this call');
        refuseCall(response, shown, { close: broken.has(request.socket) || !request.complete });
      }
    });
  };

  const listen = (): Server => {
    const server = createServer(OPTIONS, handle);
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
