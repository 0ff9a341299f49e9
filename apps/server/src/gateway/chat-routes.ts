import websocket from '@fastify/websocket';
import { CLOSE_GOING_AWAY, MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance } from 'fastify';

import type { Identity } from '../identity/identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ChatConnection } from './chat-connection.ts';
import { requirePrincipal } from './require-principal.ts';
import { assertSameOrigin } from './same-origin.ts';

export interface ChatRoutesOptions {
  identity: Identity;
  sessions: SessionService;
  logger: Logger;
  metrics: Pick<Metrics, 'websocketConnections'>;
  allowedOrigins: readonly string[];
}

/** The WebSocket of the wire contract. Who may not come in gets a plain HTTP answer before the upgrade. */
export async function chatRoutes(app: FastifyInstance, options: ChatRoutesOptions): Promise<void> {
  const connections = new Set<ChatConnection>();
  const principals = new WeakMap<object, Principal>();

  await app.register(websocket, {
    options: { maxPayload: MAX_FRAME_BYTES },
    // Clients are told why before sockets are cut, so that they come back by themselves.
    preClose: (done) => {
      for (const connection of connections) connection.close(CLOSE_GOING_AWAY, 'The server is stopping. Connect again');
      done();
    },
  });

  app.get(
    '/ws/v1/chat',
    {
      websocket: true,
      preValidation: async (request) => {
        const principal = await requirePrincipal(request, options);
        // Browsers send an Origin with every upgrade, and their cookies to whatever page asks for one.
        if (principal.via === 'cookie') assertSameOrigin(request.headers, options.allowedOrigins);
        principals.set(request, principal);
      },
    },
    (socket, request) => {
      const principal = principals.get(request);
      if (principal === undefined) {
        socket.terminate();
        return;
      }
      const connection = new ChatConnection({
        socket,
        principal,
        sessions: options.sessions,
        logger: options.logger.child({ request_id: request.id, user_id: principal.userId }),
      });
      connections.add(connection);
      options.metrics.websocketConnections.inc();
      socket.on('close', () => {
        connections.delete(connection);
        options.metrics.websocketConnections.dec();
      });
      connection.start();
    },
  );
}
