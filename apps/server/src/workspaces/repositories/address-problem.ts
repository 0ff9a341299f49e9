import { lookup as lookUp } from 'node:dns';

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

/**
 * Why the server would not go to the address of a repository, as the session would tell it; undefined where it would, and where the name
 * leads nowhere yet. Only for an early answer: the address is looked at again with each connection.
 */
export async function findAddressProblem(
  remote: Remote,
  { allowedServers, lookup = lookUp }: AllowedAddresses,
): Promise<string | undefined> {
  const url = new URL(remote.url);
  if (allowedServers.includes(remote.protocol === 'ssh' ? `ssh://${remote.host}` : url.origin)) return undefined;
  const reason =
    remote.protocol === 'ssh' || isPublicHttps(url) ? await findInside(url, lookup) : toNotPublic(remote.host);
  return reason && toRemoteError(remote, { reason }, { hasCredential: false }).message;
}

/** The reason for an address that is neither public with https nor allowed. */
export function toNotPublic(host: string): string {
  return `${host} is no public server with https. An operator can allow it by CLAUDE_SDK_PATTERN_GIT_SERVERS`;
}

/** Only what was found says something: a name that cannot be looked up now may be there later. */
async function findInside(url: URL, lookup: typeof lookUp): Promise<string | undefined> {
  const hostName = url.hostname.replace(/^\[|\]$/g, '');
  let reason: string | undefined;
  const looked = new Promise<void>((resolve) => {
    toGuardedLookup(lookup)(hostName, { all: true }, (error) => {
      if (error !== null && error.code === undefined) reason = error.message;
      resolve();
    });
  });
  await resolvesWithin(looked, LOOK_UP_MS);
  return reason;
}
