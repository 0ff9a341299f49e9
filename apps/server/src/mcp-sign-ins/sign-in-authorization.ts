import type { McpAuthorization } from '../definitions/mcp-authorization.ts';
import { SignInNeededError, type NeededSignIn } from '../definitions/sign-in-needed.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';
import type { SecretPlace } from '../store/secrets.ts';
import { toSignInPlace, type KeptSignIn } from './kept-sign-ins.ts';
import type { RenewSignIn } from './renew-sign-in.ts';
import type { SealedDocuments } from './sealed-documents.ts';

export interface SignInAuthorizationDeps {
  kept: SealedDocuments<KeptSignIn>;
  renew: RenewSignIn;
  inUse: Pick<SecretsInUse, 'note'>;
  /** As `findServerAddress`. */
  findAddress(url: string): string | undefined;
  now(): number;
}

/** A token is renewed so long before its end: it has to last until its request arrives. */
const RENEW_BEFORE_MS = 60_000;

/**
 * The sign-in of the session's owner to a server, then that of the platform, which serves only servers of plugins: whoever
 * writes an agent could otherwise name a server anew, past the rules for the tools of the plugin. A session without an owner
 * gets neither, so that it becomes nobody else's connection.
 */
export function createSignInAuthorization(deps: SignInAuthorizationDeps): McpAuthorization {
  const { kept, renew, inUse, findAddress, now } = deps;

  async function renewOrEnd(place: SecretPlace, token: string, needed: NeededSignIn): Promise<KeptSignIn> {
    const renewed = await renew(place, token);
    if (renewed === undefined || renewed.problem !== null) throw toNeeded(place, needed);
    return renewed;
  }

  const isEnding = ({ expiresAt }: KeptSignIn, beforeMs: number) =>
    expiresAt !== null && Date.parse(expiresAt) - beforeMs <= now();

  /** A sign-in that can be used now. */
  async function refresh(place: SecretPlace, signIn: KeptSignIn, needed: NeededSignIn): Promise<KeptSignIn> {
    if (signIn.problem !== null) throw toNeeded(place, needed);
    if (!isEnding(signIn, RENEW_BEFORE_MS)) return signIn;
    if (signIn.refreshToken === null && !isEnding(signIn, 0)) return signIn;
    try {
      return await renewOrEnd(place, signIn.accessToken, needed);
    } catch (error) {
      if (error instanceof SignInNeededError || isEnding(signIn, 0)) throw error;
      return signIn;
    }
  }

  return {
    async find({ name, url, plugin }, { userId, agentSessionId }) {
      const address = findAddress(url);
      if (address === undefined || userId === undefined) return undefined;
      const needed: NeededSignIn = { serverName: name, serverUrl: address, plugin: plugin ?? null };
      for (const ownerId of [userId, ...(plugin === undefined ? [] : [''])]) {
        const place = toSignInPlace(ownerId, address);
        const found = await kept.find(place);
        if (found === undefined) continue;
        const current = await refresh(place, found.value, needed);
        const toHeader = ({ accessToken }: KeptSignIn) => {
          inUse.note(agentSessionId, { name: `sign-in to ${name}`, value: accessToken });
          return `Bearer ${accessToken}`;
        };
        return {
          header: toHeader(current),
          renew: async () => toHeader(await renewOrEnd(place, current.accessToken, needed)),
          async noteMissingScope(scope) {
            // This call alone fails: with what was granted, others go on.
            const latest = await kept.find(place);
            if (latest !== undefined) await kept.replace(place, latest, { ...latest.value, missingScope: scope });
            throw toNeeded(place, needed, 'lacks a permission that it asks for');
          },
        };
      }
      return undefined;
    },
  };
}

function toNeeded({ ownerId }: SecretPlace, needed: NeededSignIn, what = 'has ended'): SignInNeededError {
  const whose = ownerId === '' ? 'the platform’s sign-in' : 'your sign-in';
  return new SignInNeededError(`${whose} ${what}`, needed);
}
