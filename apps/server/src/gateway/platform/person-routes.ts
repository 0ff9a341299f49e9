import { CspError, type Person } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Identity } from '../../identity/identity.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export const person = answer<Person>(
  z
    .object({ id: z.string(), name: z.string(), email: z.string() })
    .meta({ id: 'Person', description: 'Somebody with whom a session can be shared.' }),
);

/** Enough for a person who mistypes, too few to try out addresses. */
const MAX_SEARCHES = 20;
const WINDOW_MS = 60_000;

export interface PersonRoutesOptions {
  identity: Pick<Identity, 'findUserByEmail'>;
  /** Milliseconds that never jump. */
  monotonicMs?: () => number;
}

/** People to share with. There is no list of them and no search by a part: who shares knows the whole address. */
export const personRoutes: FastifyPluginAsyncZod<PersonRoutesOptions> = async (app, options) => {
  const { identity, monotonicMs = () => performance.now() } = options;
  const searches = createAttemptWindow(WINDOW_MS, monotonicMs);

  app.get(
    '/api/v1/people',
    {
      config: { action: 'session.find_person' },
      schema: {
        operationId: 'findPerson',
        summary: `Find a person by their whole email address, to share with them; ${MAX_SEARCHES} searches a minute`,
        tags: [TAGS.sessions],
        querystring: z.strictObject({ email: z.string().trim().min(3).max(320).describe('The whole address.') }),
        response: { 200: pageOf(person), ...failsWith(429) },
      },
    },
    async (request) => {
      const { userId } = getActor(request);
      const waitMs = searches.waitMs(userId, MAX_SEARCHES);
      if (waitMs > 0) {
        throw new CspError('rate_limited', `You may look for ${MAX_SEARCHES} people a minute. Wait a moment`, {
          details: { limit: MAX_SEARCHES },
          retryAfterMs: waitMs,
        });
      }
      searches.add(userId);
      const found = await identity.findUserByEmail(request.query.email);
      return { data: found === undefined ? [] : [found], next_page: null };
    },
  );
};
