import {
  TERMINAL_END_REASONS,
  terminalSize,
  type TerminalList,
  type TerminalResource,
} from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Actor } from '../../identity/actor.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { OpenTerminal, Terminals } from '../../terminals/terminals.ts';
import { getActor } from '../entrance/admission.ts';
import type { OpenAccess } from '../entrance/open-access.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface TerminalRoutesOptions {
  sessions: Pick<SessionService, 'terminals'>;
  terminals: Terminals;
  openAccess: Pick<OpenAccess, 'open'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });

const terminal = answer<TerminalResource>(
  z
    .object({
      ...{ id, session_id: id, created_at: z.iso.datetime() },
      opened_by: z.object({ id: z.string(), name: z.string() }),
      state: z.enum(['running', 'ended']),
      end: z
        .object({
          reason: z.enum(TERMINAL_END_REASONS),
          exit_code: z.number().int().nullable().describe('Of the shell, where it ended by itself.'),
        })
        .nullable()
        .describe('Null while it runs.'),
    })
    .meta({ id: 'Terminal', description: 'A terminal in the sandbox of a session, beside its agent.' }),
);

const terminalList = answer<TerminalList>(
  z
    .object({
      data: z.array(terminal).describe('Oldest first. Those that have ended stay for a minute.'),
      problem: z.string().nullable().describe('Why none can be opened, as a sentence; null where one can.'),
    })
    .meta({ id: 'TerminalList', description: 'The terminals of a session on this server.' }),
);

/** Terminals of sessions, for those who may drive them. What is in one goes over its WebSocket. */
export const terminalRoutes: FastifyPluginAsyncZod<TerminalRoutesOptions> = async (app, options) => {
  const { sessions, terminals, openAccess } = options;

  /** A terminal lives no longer than the sign-in or key that it was opened with, and the right of its person. */
  const bindTo = async (actor: Actor, { terminal: opened, resource }: OpenTerminal) => {
    const end = () => void opened.end('rights');
    const credential = openAccess.open(actor);
    credential.onRevoked(end);
    void opened.ended.then(() => credential.close());
    try {
      const unfollow = await sessions.terminals.follow(actor, resource.session_id, end);
      void opened.ended.then(unfollow);
    } catch (error) {
      end();
      throw error;
    }
  };

  app.get(
    '/api/v1/sessions/:id/terminals',
    {
      config: { action: 'terminal.read' },
      schema: {
        operationId: 'listTerminals',
        summary: 'List the terminals of a session that you may drive',
        ...{ tags, params, response: { 200: terminalList } },
      },
    },
    async (request) => {
      await sessions.terminals.assertMay(getActor(request), 'terminal.read', request.params.id);
      const problem = terminals.problem === undefined ? null : `${terminals.problem}.`;
      return { data: terminals.list(request.params.id).map(({ resource }) => resource), problem };
    },
  );

  app.post(
    '/api/v1/sessions/:id/terminals',
    {
      config: { action: 'terminal.use' },
      schema: {
        operationId: 'openTerminal',
        summary: 'Open a terminal: a shell in the workspace of a session, confined as its agent is',
        description:
          'It ends with its shell, when somebody ends it, after a long time without a sign of life, with the sign-in or key that opened it, with its session, when an operator stops the work, and with the server.',
        ...{ tags, params, body: terminalSize, response: { 201: terminal } },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      await sessions.terminals.assertMay(actor, 'terminal.use', request.params.id);
      terminals.assertMayOpen(actor);
      const place = await sessions.terminals.findPlace(actor, request.params.id);
      const opened = await terminals.open(actor, place, request.body);
      await bindTo(actor, opened);
      return reply.code(201).send(opened.resource);
    },
  );

  app.delete(
    '/api/v1/sessions/:id/terminals/:terminal_id',
    {
      config: { action: 'terminal.use' },
      schema: {
        operationId: 'endTerminal',
        summary: 'End a terminal with everything that runs in it',
        tags,
        params: params.extend({ terminal_id: id.describe('The terminal.') }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const { id: sessionId, terminal_id: terminalId } = request.params;
      await sessions.terminals.assertMay(actor, 'terminal.use', sessionId);
      await terminals.close(actor, terminals.get(sessionId, terminalId));
      return reply.code(204).send(undefined);
    },
  );
};
