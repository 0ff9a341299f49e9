import { CspError, type Person } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { may } from '../../access/may.ts';
import type { Identity } from '../../identity/identity.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import type { SessionShares } from '../../sessions/session-shares.ts';
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
/** As many as a person looks through. */
const MAX_FOUND = 8;
const WINDOW_MS = 60_000;

export interface PersonRoutesOptions {
  identity: Pick<Identity, 'findUserByEmail' | 'searchUsers'>;
  sessions: { shares: Pick<SessionShares, 'listKnownTo'> };
  /** Milliseconds that never jump. */
  monotonicMs?: () => number;
}

/**
 * People to share with. A part of a name or address finds only whom the asker may see already: everybody, for whoever may
 * read accounts; else those who have sessions that the asker owns or manages. Others are found by the whole address.
 */
export const personRoutes: FastifyPluginAsyncZod<PersonRoutesOptions> = async (app, options) => {
  const { identity, sessions, monotonicMs = () => performance.now() } = options;
  const listKnownTo = async (userId: string) => (await sessions.shares.listKnownTo(userId)).map(({ id }) => id);
  const searches = createAttemptWindow(WINDOW_MS, monotonicMs);

  app.get(
    '/api/v1/people',
    {
      config: { action: 'session.find_person' },
      schema: {
        operationId: 'findPerson',
        summary: `Find people to share with: one by the whole email address, at most ${MAX_SEARCHES} a minute; or by a part of name or address, among those whom you may see`,
        tags: [TAGS.sessions],
        querystring: z.union(
          [
            z.strictObject({ email: z.string().trim().min(3).max(320).describe('The whole address.') }),
            z.strictObject({ search: z.string().trim().min(1).max(320).describe('A part of name or address.') }),
          ],
          { error: 'Send exactly one of email and search.' },
        ),
        response: { 200: pageOf(person), ...failsWith(429) },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const { userId } = actor;
      if ('search' in request.query) {
        const within = may(actor, 'user.read', 'none') ? undefined : await listKnownTo(userId);
        const data = await identity.searchUsers(request.query.search, { within, limit: MAX_FOUND });
        return { data: data.filter(({ id }) => id !== userId), next_page: null };
      }
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
