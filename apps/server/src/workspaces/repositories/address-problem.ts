import { lookup as lookUp } from 'node:dns';

import { createLimiter } from '../../lib/limiter.ts';
import { isPublicHttps, toGuardedLookup } from '../../lib/outgoing.ts';
import { resolvesWithin } from '../../lib/within.ts';
import type { Remote } from './remote.ts';
import { toRemoteError } from './repository-error.ts';

export interface AllowedAddresses {
  /** Servers that may be reached whatever their scheme and address are, such as `http://git.example.internal:3000`. */
  allowedServers: readonly string[];
  lookup?: typeof lookUp;
}

/** Whoever creates a session waits for it; what is not known by then is told when the repository is opened. */
const LOOK_UP_MS = 1000;

/** Why the server would not go to the address of a repository, as the session would tell it; undefined where it would. */
export type FindAddressProblem = (remote: Remote) => Promise<string | undefined>;

/**
 * Only for an early answer: the address is looked at again with each connection. A name that leads nowhere yet is no problem, nor one that
 * is not known in time.
 */
export function createAddressCheck({ allowedServers, lookup = lookUp }: AllowedAddresses): FindAddressProblem {
  // The system looks up two names at once for the whole server (libuv 1.51), and whoever has a name decides how long that takes.
  const looking = createLimiter(1);

  /** Only what was found says something: a name that cannot be looked up now may be there later. */
  const findInside = async (url: URL): Promise<string | undefined> => {
    const hostName = url.hostname.replace(/^\[|\]$/g, '');
    let reason: string | undefined;
    let isOver = false;
    const look = () =>
      new Promise<void>((resolve) => {
        if (isOver) return resolve();
        toGuardedLookup(lookup)(hostName, { all: true }, (error) => {
          if (error !== null && error.code === undefined) reason = error.message;
          resolve();
        });
      });
    await resolvesWithin(looking.run(look), LOOK_UP_MS);
    isOver = true;
    return reason;
  };

  return async (remote) => {
    const url = new URL(remote.url);
    if (allowedServers.includes(remote.protocol === 'ssh' ? `ssh://${remote.host}` : url.origin)) return undefined;
    const reason = remote.protocol === 'ssh' || isPublicHttps(url) ? await findInside(url) : toNotPublic(remote.host);
    return reason && toRemoteError(remote, { reason }, { hasCredential: false }).message;
  };
}

/** The reason for an address that is neither public with https nor allowed. */
export function toNotPublic(host: string): string {
  return `${host} is no public server with https. An operator can allow it by CLAUDE_SDK_PATTERN_GIT_SERVERS`;
}
