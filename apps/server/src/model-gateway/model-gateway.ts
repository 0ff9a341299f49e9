import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import { correlate, type Correlation } from '../telemetry/correlation.ts';
import { admitAll, type Admit } from './admit.ts';
import { authenticate } from './authenticate.ts';
import { createBoundConnections, type ConnectionLimits } from './bound-connections.ts';
import { holdAdmission } from './hold-admission.ts';
import { holdCall } from './hold-call.ts';
import { listenOnSocket } from '../lib/listen-on-socket.ts';
import type { ReceiveReport } from './agent-telemetry/receive-reports.ts';
import { findReport, serveReport } from './agent-telemetry/serve-report.ts';
import type { ModelCall } from './model-call.ts';
import { readBody } from './read-body.ts';
import { assertSendable, readRequest } from './read-request.ts';
import { refuseCall } from './refuse-call.ts';
import { answerWithReplay, fitsReplay } from './replayed-message.ts';
import { sendCall, type SendDeps } from './send-call.ts';
import type { SessionTokens, TokenHolder } from './session-tokens.ts';
import { watchCall } from './watch-call.ts';

export interface ModelGatewayDeps extends SendDeps {
  tokens: SessionTokens;
  /** By default every call may go. */
  admit?: Admit;
  /** A unix socket to listen on as well, for agent processes without a network; see `listenOnSocket`. */
  socketPath?: string | undefined;
  connectionLimits?: ConnectionLimits | undefined;
  /** Takes what agent processes report of themselves; without it they are refused. */
  receiveReport?: ReceiveReport | undefined;
  /** Answers requests of git below `/git/`, for the holder of the token; without it they are refused. */
  serveGit?: ((request: IncomingMessage, response: ServerResponse, holder: TokenHolder) => Promise<void>) | undefined;
}

export interface ModelGateway {
  /** The ANTHROPIC_BASE_URL of agent processes. */
  readonly url: string;
  close(): Promise<void>;
}

/** The strict parser of Node refuses what is framed twice, wrong or not to the end. */
const OPTIONS = { keepAliveTimeout: 60_000, insecureHTTPParser: false };

/**
 * Listens on a free loopback port, and on the socket if there is one. Rejects when it cannot listen.
 *
 * Over 100 lines: the handlers share which connections are broken and what is being answered on them.
 */
export async function startModelGateway(deps: ModelGatewayDeps): Promise<ModelGateway> {
  const { admit = admitAll } = deps;
  const connections = createBoundConnections(deps.connectionLimits);
  /** Connections of which some request was framed wrong: no other request of theirs counts. */
  const broken = new WeakSet<Duplex>();
  /** Answers that have not ended, by their connection. */
  const answers = new WeakMap<Duplex, readonly ServerResponse[]>();

  const orBreak = <Result>(socket: Duplex, check: () => Result): Result => {
    try {
      return check();
    } catch (error) {
      broken.add(socket);
      throw error;
    }
  };

  /** The steps of a call. Nothing is sent before all of it is there. */
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request;
    const grant = authenticate(request, deps.tokens);
    orBreak(socket, () => connections.know(socket, grant));
    if (deps.serveGit && request.url?.startsWith('/git/') === true)
      return deps.serveGit(request, response, grant.holder);
    if (grant.holder.handPush !== undefined || grant.holder.terminal !== undefined)
      throw new CspError('permission_denied', 'This token is for git, and calls no model');
    const report = deps.receiveReport && findReport(request);
    if (deps.receiveReport && report !== undefined)
      return serveReport(report, { request, response, grant }, deps.receiveReport);
    const asked = readRequest(request);
    orBreak(socket, () => assertSendable(request, asked));
    using held = holdCall(grant);
    using watched = watchCall(response, grant);
    const body = await readBody(request, held.take);
    if (broken.has(socket)) return;
    const call: ModelCall = {
      id: randomUUID(),
      get holder() {
        return grant.holder;
      },
      request: asked,
      ...(asked.endpoint.hasBody && { body }),
      signal: watched.signal,
    };
    // Costs nothing, so it needs no admission.
    const replay = asked.endpoint.isMetered
      ? grant.holder.listener?.takeReplay?.((message) => fitsReplay(body, message))
      : undefined;
    if (replay !== undefined) return answerWithReplay(response, body, replay);
    await correlate(toCorrelation(call), async () => {
      using admission = holdAdmission(admit, call);
      await sendCall(deps, call, { response, admission });
    });
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
      // When the upstream breaks, the answer breaks too: the CLI notices and sends the request again.
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
      // Every call on the connection ends with it. In the middle of an answer no error can be sent.
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
      closing ??= Promise.all(servers.map(closeServer)).then(() => undefined);
      return closing;
    },
  };
}

function toCorrelation({ id, holder: { sessionId, listener } }: ModelCall): Correlation {
  return {
    ...(sessionId !== null && { session_id: sessionId }),
    turn: listener?.turn?.(),
    call_id: id,
    span: listener?.span?.(),
  };
}

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Also removes the socket's file. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
