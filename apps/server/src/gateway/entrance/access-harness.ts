import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import type { Actor } from '../../identity/actor.ts';
import { admitRequests } from './admission.ts';
import { createOpenAccess, type OpenAccess } from './open-access.ts';

/** Credentials that never end, for tests about other things. */
export function createLastingAccess(): OpenAccess {
  return createOpenAccess({
    identity: {
      findCurrent: async (actors) => new Map(actors.map((each) => [each.credentialId, each])),
      onChanged: () => () => undefined,
    },
    logger: pino({ level: 'silent' }),
    maxConnectionsPerUser: Number.POSITIVE_INFINITY,
  });
}

/** Makes every request come from this user, or from nobody. For tests of routes; call it before adding any. */
export function admitAs(app: FastifyInstance, actor: Actor | null): void {
  admitRequests(app, { identity: { authenticate: async () => actor }, access: createLastingAccess() });
}
