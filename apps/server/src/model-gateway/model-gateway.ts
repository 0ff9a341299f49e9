import {
  createServer,
  request as httpRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

import { CspError, createId, type ErrorCode } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toUpstreamHeaders, toClientHeaders } from './headers.ts';
import { listenOnSocket } from './listen-on-socket.ts';
import type { SessionTokens, TokenHolder } from './session-tokens.ts';
import { createUsageReader, type ModelUsage } from './usage-reader.ts';

export interface GatewayUpstream {
  baseUrl: string;
  /** Undefined where the upstream wants none. */
  apiKey: string | undefined;
}

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

const OPTIONS = { keepAliveTimeout: 60_000 };

/** What an agent process may call; everything else is refused. */
const ALLOWED = new Set(['POST /v1/messages', 'POST /v1/messages/count_tokens', 'GET /v1/models']);

/** Listens on a free loopback port, and on the socket if there is one. Rejects when it cannot listen. */
export async function startModelGateway(deps: ModelGatewayDeps): Promise<ModelGateway> {
  const upstreamUrl = new URL(deps.upstream.baseUrl);
  const secure = upstreamUrl.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const call = secure ? httpsRequest : httpRequest;

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    response.socket?.setNoDelay(true);
    // Taken apart by hand: nothing is resolved or made canonical here, so what is compared is what is sent on.
    const { pathname, search } = splitTarget(request.url ?? '/');
    const holder = deps.tokens.find(readToken(request));
    if (holder === undefined) {
      refuse(response, 'authentication_required', 'This token is unknown or its session has ended');
      return;
    }
    const endpoint = `${request.method} ${pathname}`;
    if (!ALLOWED.has(endpoint)) {
      refuse(response, 'not_found', `${endpoint} is not offered to agents`);
      return;
    }
    forward({ request, response, target: pathname + search, holder, metered: pathname === '/v1/messages' });
  };

  const forward = (options: {
    request: IncomingMessage;
    response: ServerResponse;
    target: string;
    holder: TokenHolder;
    metered: boolean;
  }) => {
    const { request, response, target, holder, metered } = options;
    const startedAt = deps.clock.now();
    let statusCode: number | null = null;
    let reader = createUsageReader('');
    const outgoing = call(
      {
        protocol: upstreamUrl.protocol,
        hostname: upstreamUrl.hostname,
        port: upstreamUrl.port,
        path: upstreamUrl.pathname.replace(/\/$/, '') + target,
        agent,
        method: request.method,
        headers: toUpstreamHeaders(request.headers, deps.upstream.apiKey),
      },
      (incoming) => {
        statusCode = incoming.statusCode ?? null;
        reader = createUsageReader(incoming.headers['content-type'] ?? '');
        response.writeHead(incoming.statusCode ?? 502, toClientHeaders(incoming.headers));
        response.flushHeaders();
        if (metered) incoming.on('data', (chunk: Buffer) => reader.push(chunk));
        // A broken upstream breaks the answer too: the CLI must see what happened, and retries by itself.
        pipeline(incoming, response, (error) => {
          if (error) deps.logger.debug({ err: error, session_id: holder.sessionId }, 'model stream broke');
        });
      },
    );
    outgoing.setNoDelay(true);
    outgoing.on('error', (error) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      if (response.destroyed) return;
      deps.logger.warn({ err: error, session_id: holder.sessionId }, 'model upstream is not reachable');
      refuse(response, 'overloaded', 'The model upstream is not reachable');
    });
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
      if (!metered) return;
      deps.onRequest({
        id: createId('req'),
        holder,
        usage: reader.end(),
        statusCode,
        durationMs: deps.clock.now() - startedAt,
      });
    });
    // No pipeline: it would cut the agent's connection with the upstream's, and the refusal could not be read.
    request.on('error', (error) => outgoing.destroy(error));
    request.pipe(outgoing);
  };

  const server = createServer(OPTIONS, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const servers = [server];
  if (deps.socketPath !== undefined) {
    const socketServer = createServer(OPTIONS, handle);
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
      closing ??= Promise.all(servers.map(closeServer)).then(() => agent.destroy());
      return closing;
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

/** A request's target as `/path` and `?query`; other forms have no path that is offered. */
function splitTarget(target: string): { pathname: string; search: string } {
  const query = target.indexOf('?');
  if (query === -1) return { pathname: target, search: '' };
  return { pathname: target.slice(0, query), search: target.slice(query) };
}

/** Answers, and takes the rest of the request without looking: who is still sending reads no answer. */
function refuse(response: ServerResponse, code: ErrorCode, message: string): void {
  const error = new CspError(code, message);
  const id = createId('req');
  const body = JSON.stringify({ type: 'error', error: { type: error.type, message }, request_id: id });
  response.writeHead(error.status, { 'content-type': 'application/json', 'request-id': id });
  response.end(body);
  response.req.unpipe();
  response.req.resume();
}
