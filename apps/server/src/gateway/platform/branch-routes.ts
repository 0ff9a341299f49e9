import type { BranchedReply, BranchPlace } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor, findRequestId } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface BranchRoutesOptions {
  sessions: Pick<SessionService, 'branches' | 'rerun'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const body = z.strictObject({ event_id: id.describe('A `user.message` of the session.') });

const placeList = answer<{ data: BranchPlace[] }>(
  z
    .object({
      data: z.array(
        z
          .object({
            head_seq: z.number().int().describe('The `seq` of the last event that the ways have in common.'),
            message_ids: z
              .array(z.string())
              .describe('The `user.message` that each way begins with, in the order of their turns.'),
            current_id: z.string().nullable().describe('Of the way that the conversation goes now.'),
          })
          .meta({ id: 'BranchPlace', description: 'A place from where a conversation went on in several ways.' }),
      ),
    })
    .meta({ id: 'BranchPlaceList', description: 'Where the conversation of a session went on in several ways.' }),
);

const branched = answer<BranchedReply>(
  z
    .object({
      head_seq: z.number().int().describe('The `seq` of the last event that the conversation keeps.'),
      seq: z
        .number()
        .int()
        .nullable()
        .describe('The `seq` of the `session.branched` event; null where the conversation was there already.'),
    })
    .meta({ id: 'Branched', description: 'From where the conversation goes on.' }),
);

const sent = answer<{ events: { id: string; seq: number }[] }>(
  z
    .object({ events: z.array(z.object({ id: z.string(), seq: z.number().int() })) })
    .meta({ id: 'SentEvents', description: 'The events that were stored.' }),
);

/** The branches of a conversation: see them, go to one, and begin one with another answer. */
export const branchRoutes: FastifyPluginAsyncZod<BranchRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/sessions/:id/branches',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listBranches',
        summary: 'List where the conversation of a session went on in several ways',
        tags,
        params,
        response: { 200: placeList },
      },
    },
    async (request) => ({ data: await sessions.branches.list(getActor(request), request.params.id) }),
  );

  app.post(
    '/api/v1/sessions/:id/switch',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'switchBranch',
        summary: 'Go on at the newest end of the branch that has a message; also takes a rewind back',
        tags,
        params,
        body,
        response: { 200: branched, ...failsWith(409) },
      },
    },
    (request) =>
      sessions.branches.switchTo(getActor(request), request.params.id, {
        ...{ eventId: request.body.event_id, requestId: findRequestId(request) },
      }),
  );

  app.post(
    '/api/v1/sessions/:id/rerun',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'rerunMessage',
        summary: 'Send a message of the conversation again in its own place, for another answer',
        tags,
        params,
        body,
        response: { 200: sent, ...failsWith(409) },
      },
    },
    (request) =>
      sessions.rerun(getActor(request), request.params.id, {
        ...{ eventId: request.body.event_id, requestId: findRequestId(request) },
      }),
  );
};
