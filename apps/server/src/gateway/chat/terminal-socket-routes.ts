import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Terminals } from '../../terminals/terminals.ts';
import { getAccess } from '../entrance/admission.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';
import { id } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import type { ChatPeer } from './chat-socket.ts';
import { serveTerminalSocket } from './terminal-socket.ts';

export interface TerminalSocketRoutesOptions {
  sessions: Pick<SessionService, 'terminals'>;
  terminals: Terminals;
  /** Those that are told when the server stops. */
  peers: Set<ChatPeer>;
  logger: Logger;
  metrics: Pick<Metrics, 'websocketConnections'>;
  allowedOrigins: readonly string[];
}

/** The WebSocket of a terminal. Registered where WebSockets are served. */
export const terminalSocketRoutes: FastifyPluginAsyncZod<TerminalSocketRoutesOptions> = async (app, options) => {
  const { sessions, terminals, peers, logger, metrics, allowedOrigins } = options;
  app.route({
    method: 'GET',
    url: '/ws/v1/sessions/:id/terminals/:terminal_id',
    config: { action: 'terminal.use' },
    schema: {
      operationId: 'attachTerminal',
      summary: 'Upgrade to the WebSocket of a terminal',
      tags: [TAGS.chat],
      description: `
Binary frames of the server are what the terminal shows, those of the client what is typed. JSON frames: first \`terminal.attached\` with the number of the byte that follows (\`position\`); \`terminal.reset\` when bytes were left out; \`terminal.ended\`, then the connection closes with 1000. The client sends \`terminal.resize\`, and \`terminal.ack\` with the number up to which it has shown the bytes: the server sends at most 256 KiB beyond it, and while nobody is faster the program waits.

With \`after\`, a client that comes back goes on where it was, if that is still kept: the newest 512 KiB are. It closes with 4003 like the chat.
`.trim(),
      params: z.object({ id: id.describe('The session.'), terminal_id: id.describe('The terminal.') }),
      querystring: z.object({
        after: z.coerce.number().int().min(0).default(0).describe('The number of the first byte that is wanted.'),
      }),
      response: { 101: z.undefined().describe('The connection is upgraded.') },
    },
    preValidation: async (request) => {
      const access = getAccess(request);
      if (access.actor.via === 'cookie') assertSameOrigin(request.headers, allowedOrigins);
      access.hold();
    },
    preHandler: async (request) => {
      await sessions.terminals.assertMay(getAccess(request).actor, 'terminal.use', request.params.id);
      terminals.get(request.params.id, request.params.terminal_id);
    },
    handler: async () => {
      throw new CspError('invalid_request', 'Open a WebSocket here');
    },
    wsHandler: (socket, request) => {
      const { id: sessionId, terminal_id: terminalId } = request.params;
      const access = getAccess(request);
      const peer = serveTerminalSocket({
        ...{ socket, access, after: request.query.after },
        open: terminals.get(sessionId, terminalId),
        follow: (onLost) => sessions.terminals.follow(access.actor, sessionId, onLost),
        logger: logger.child({ request_id: request.id, terminal_id: terminalId }),
      });
      peers.add(peer);
      metrics.websocketConnections.inc();
      socket.on('close', () => {
        peers.delete(peer);
        metrics.websocketConnections.dec();
      });
    },
  });
};
