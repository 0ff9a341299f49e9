import type { Duplex } from 'node:stream';

import websocket from '@fastify/websocket';
import { CLOSE_GOING_AWAY, CspError, MAX_FRAME_BYTES, chatRequest } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { WebSocket } from 'ws';

import type { Terminals } from '../../terminals/terminals.ts';
import type { OverviewBoard } from '../../overview/overview-board.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { endWithEnvelope } from '../entrance/broken-requests.ts';
import { openChat, postChat } from './chat-schemas.ts';
import { serveChatSocket, type ChatPeer } from './chat-socket.ts';
import { createPresence } from './presence.ts';
import { terminalSocketRoutes } from './terminal-socket-routes.ts';
import { serveChatStream } from './chat-stream.ts';
import { cutAfterCloseTimeout } from '../entrance/close-timeout.ts';
import { getAccess } from '../entrance/admission.ts';
import type { OpenWork } from '../entrance/open-work.ts';
import type { AddressRate } from '../entrance/address-rate.ts';
import type { RequestRate } from '../entrance/request-rate.ts';
import { parseBody } from '../entrance/parse-body.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';
import { validateNothing } from '../entrance/zod-schemas.ts';

export interface ChatRoutesOptions {
  sessions: SessionService;
  terminals: Terminals;
  overviewBoard: Pick<OverviewBoard, 'watch'>;
  work: Pick<OpenWork, 'assertOpen' | 'track'>;
  rate: RequestRate;
  addressRate: Pick<AddressRate, 'take'>;
  logger: Logger;
  metrics: Pick<Metrics, 'websocketConnections' | 'eventStreams' | 'slowReaders'>;
  allowedOrigins: readonly string[];
  tracing?: Tracing | undefined;
}

/** For the rest of the body around the frames. */
const ENVELOPE_BYTES = 64 * 1024;

/**
 * The frames of the wire contract, over a WebSocket, and over HTTP with an event stream for networks that block
 * WebSockets. A client without permission to connect gets a plain HTTP answer.
 */
export async function chatRoutes(app: FastifyInstance, options: ChatRoutesOptions): Promise<void> {
  const { sessions, overviewBoard: overview, work, rate, addressRate, logger, metrics, tracing } = options;
  const toCorrelation = (request: FastifyRequest) => ({ request_id: request.id, span: tracing?.read(request.headers) });
  const peers = new Set<ChatPeer>();
  const presence = createPresence();
  const depsFor = (request: FastifyRequest) => {
    const access = getAccess(request);
    const { userId } = access.actor;
    const logged = logger.child({ request_id: request.id, user_id: userId });
    // Read while it is there: of a connection that is gone nobody knows the address.
    const { ip: address } = request;
    const frameRate: RequestRate = {
      take(actor) {
        addressRate.take(address, false);
        rate.take(actor);
      },
    };
    return {
      access,
      sessions,
      overview,
      presence,
      work,
      rate: frameRate,
      logger: logged,
      correlation: toCorrelation(request),
      tracing,
    };
  };

  await app.register(websocket, {
    options: { maxPayload: MAX_FRAME_BYTES },
    // A socket that received a bad frame closes itself, and its close code has to reach the client. Any other error
    // is a defect of the server.
    errorHandler(error, socket, request) {
      if (socket.readyState !== WebSocket.OPEN) return;
      request.log.error({ err: error }, 'a connection could not be served');
      socket.terminate();
    },
    // Tells clients why before sockets are cut, so that they reconnect.
    preClose: (done) => {
      for (const peer of peers) peer.close(CLOSE_GOING_AWAY, 'The server is stopping. Connect again');
      cutAfterCloseTimeout(() => peers.forEach((peer) => peer.cut()));
      done();
    },
  });

  app.websocketServer.on('wsClientError', (error: Error, socket: Duplex) =>
    endWithEnvelope(socket, new CspError('invalid_request', `The upgrade is not valid: ${error.message}`)),
  );

  app.route({
    method: 'GET',
    url: '/ws/v1/chat',
    config: { action: 'chat.connect' },
    schema: openChat,
    preValidation: async (request) => {
      const access = getAccess(request);
      // A browser sends its cookies with an upgrade from any page, and always an Origin.
      if (access.actor.via === 'cookie') assertSameOrigin(request.headers, options.allowedOrigins);
      access.hold();
    },
    handler: async () => {
      throw new CspError('invalid_request', 'Open a WebSocket here, or post the frames to /api/v1/chat');
    },
    wsHandler: (socket, request) => {
      const onSlow = () => metrics.slowReaders.inc({ kind: 'websocket' });
      const peer = serveChatSocket({ socket, carrier: request.raw.socket, onSlow, ...depsFor(request) });
      peers.add(peer);
      metrics.websocketConnections.inc();
      socket.on('close', () => {
        peers.delete(peer);
        metrics.websocketConnections.dec();
      });
    },
  });

  await app.register(terminalSocketRoutes, { ...options, peers });

  const post: RouteShorthandOptions = {
    config: { action: 'chat.connect' },
    schema: postChat,
    validatorCompiler: validateNothing,
    bodyLimit: MAX_FRAME_BYTES + ENVELOPE_BYTES,
  };
  app.post('/api/v1/chat', post, async (request, reply) => {
    const { frames } = parseBody(chatRequest, request.body);
    getAccess(request).hold();
    const onSlow = () => metrics.slowReaders.inc({ kind: 'chat' });
    const peer = serveChatStream({ reply, frames, onSlow, ...depsFor(request) });
    peers.add(peer);
    metrics.eventStreams.inc({ kind: 'chat' });
    reply.raw.on('close', () => {
      peers.delete(peer);
      metrics.eventStreams.dec({ kind: 'chat' });
    });
  });
}
