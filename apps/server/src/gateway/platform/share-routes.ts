import type { SessionShare } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { SHARE_LEVELS } from '../../store/shares.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { person } from './person-routes.ts';

export interface ShareRoutesOptions {
  sessions: Pick<SessionService, 'shares'>;
}

const tags = [TAGS.sessions];
const level = z
  .enum(SHARE_LEVELS)
  .describe(
    '`view`: see everything; `drive`: also send, interrupt and answer approvals; `manage`: also share, change, archive and delete.',
  );
const share = answer<SessionShare>(
  z
    .object({
      type: z.literal('session_share'),
      session_id: z.string(),
      user_id: z.string(),
      level,
      user: person,
      granted_by: z.object({ id: z.string(), name: z.string() }).describe('Who gave the present level.'),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime().describe('When the level was last set.'),
    })
    .meta({ id: 'SessionShare', description: 'A person with whom a session is shared.' }),
);
const params = z.object({ id: id.describe('The session.') });
const shareParams = params.extend({ user_id: id.describe('With whom.') });

/** With whom a session is shared. */
export const shareRoutes: FastifyPluginAsyncZod<ShareRoutesOptions> = async (app, { sessions }) => {
  const { shares } = sessions;
  app.get(
    '/api/v1/sessions/:id/shares',
    {
      config: { action: 'session.read_shares' },
      schema: {
        operationId: 'listSessionShares',
        summary: 'List with whom a session is shared, oldest first; for its owner and managers',
        tags,
        params,
        response: { 200: pageOf(share) },
      },
    },
    async (request) => ({ data: await shares.list(getActor(request), request.params.id), next_page: null }),
  );

  app.put(
    '/api/v1/sessions/:id/shares/:user_id',
    {
      config: { action: 'session.share' },
      schema: {
        operationId: 'shareSession',
        summary: 'Share a session with a user, or change the level; acts at once on what they have open',
        tags,
        params: shareParams,
        body: z.strictObject({ level }).meta({ id: 'ShareSessionParams', examples: [{ level: 'drive' }] }),
        response: { 200: share },
      },
    },
    (request) => {
      const { id: sessionId, user_id: userId } = request.params;
      return shares.put(getActor(request), sessionId, { userId, level: request.body.level });
    },
  );

  app.delete(
    '/api/v1/sessions/:id/shares/:user_id',
    {
      config: { action: 'session.share' },
      schema: {
        operationId: 'endSessionShare',
        summary:
          'End a share, as its owner or manager, or your own: connections of the user that follow the session are closed with 4003',
        tags,
        params: shareParams,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await shares.end(getActor(request), request.params.id, request.params.user_id);
      return reply.code(204).send(undefined);
    },
  );
};
