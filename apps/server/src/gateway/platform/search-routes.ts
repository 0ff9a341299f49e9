import type { SearchResultList } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { sessionResource } from '../v1/session-schema.ts';

export interface SearchRoutesOptions {
  sessions: Pick<SessionService, 'search'>;
}

const found = answer<SearchResultList>(
  z
    .object({
      data: z.array(
        z.object({
          session: sessionResource,
          hits: z
            .array(
              z.object({
                kind: z
                  .enum(['title', 'message', 'answer', 'command', 'file'])
                  .describe(
                    '`message`: a person said it; `answer`: the agent did; `command`: it was run; `file`: its name.',
                  ),
                event_id: z.string().nullable().describe('Null for the title.'),
                seq: z.int().nullable(),
                text: z.string().describe('A piece of one line. Begins or ends with `…` where the text goes on.'),
                highlights: z
                  .array(z.tuple([z.int(), z.int()]))
                  .describe('Where in `text` the words are: start and end, in UTF-16 code units.'),
              }),
            )
            .describe('The best places, at most three.'),
          hit_count: z.int().describe('How many of the places that were looked at are in the session.'),
        }),
      ),
      truncated: z
        .boolean()
        .describe('There are more sessions, or more than the 1,000 newest places that are looked at.'),
    })
    .meta({ id: 'SearchResultList', description: 'Sessions by what was said in them, best first.' }),
);

/** Finds sessions by what was said in them. */
export const searchRoutes: FastifyPluginAsyncZod<SearchRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/search',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'searchSessions',
        summary: 'Find your sessions, and those shared with you, by titles, messages, commands and file names',
        tags: [TAGS.sessions],
        querystring: z.object({
          query: z
            .string()
            .min(1)
            .max(500)
            .describe('Words that must all be there; the last may be a beginning. Words in quotes stand together.'),
          limit: z.coerce.number().int().min(1).max(50).default(20).describe('The most sessions.'),
        }),
        response: { 200: found },
      },
    },
    (request) => sessions.search(getActor(request), request.query),
  );
};
