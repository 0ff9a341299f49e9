import { pino } from 'pino';

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
