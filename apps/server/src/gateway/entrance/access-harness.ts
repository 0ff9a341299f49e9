import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import type { Actor } from '../../identity/actor.ts';
import { admitRequests } from './admission.ts';
import { createOpenAccess, type OpenAccess } from './open-access.ts';

/** For tests of what has nothing to do with credentials: they stay good. */
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

/** For tests of routes: they are asked by this user, or by nobody who has signed in. Before any route is added. */
export function admitAs(app: FastifyInstance, actor: Actor | null): void {
  admitRequests(app, { identity: { authenticate: async () => actor }, access: createLastingAccess() });
}
