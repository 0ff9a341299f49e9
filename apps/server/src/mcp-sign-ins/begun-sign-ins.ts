import { createHash, randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { Actor } from '../identity/actor.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SecretOwner, SecretRepository } from '../store/secrets.ts';
import { authorizationServer, oauthClient } from './authorization-server.ts';
import { SIGN_IN_SCOPES } from './kept-sign-ins.ts';
import { createSealedDocuments } from './sealed-documents.ts';

const begunSignIn = z.object({
  scope: z.enum(SIGN_IN_SCOPES),
  /** The browser's sign-in that began it; null where a program did, and any browser of the user may end it. */
  credentialId: z.string().nullable(),
  address: z.string(),
  serverName: z.string(),
  plugin: z.string().nullable(),
  resource: z.string(),
  oauthScope: z.string().nullable(),
  server: authorizationServer,
  client: oauthClient,
  codeVerifier: z.string(),
  redirectUri: z.string(),
  /** A path of the web app. */
  returnTo: z.string(),
  expiresAt: z.string(),
});
export type BegunSignIn = z.infer<typeof begunSignIn>;

/** People who type a password and a second factor take this long. */
export const BEGUN_LASTS_MS = 10 * 60_000;
/** Of one user. The oldest is forgotten for the next one. */
const MAX_BEGUN = 20;

/**
 * Sign-ins between their beginning and their end, on any server of the deployment. Each belongs to the user who began it:
 * the state of an answer finds nothing for anybody else.
 */
export interface BegunSignIns {
  /** Returns the state: a secret that the answer has to bring back. */
  keep(userId: string, make: (state: string) => Promise<BegunSignIn>): Promise<string>;
  /** Once. Undefined for a state that is unknown, too old, of another user or of another browser. */
  take(actor: Actor, state: string): Promise<BegunSignIn | undefined>;
  removeAll(userId: string): Promise<void>;
}

export function createBegunSignIns(deps: {
  secrets: SecretRepository;
  keyring: Keyring;
  now: () => number;
}): BegunSignIns {
  const { secrets, keyring, now } = deps;
  const documents = createSealedDocuments(secrets, { keyring, schema: begunSignIn });

  async function makeRoom(owner: SecretOwner): Promise<void> {
    const oldest = new Date(now() - BEGUN_LASTS_MS).toISOString();
    const kept = (await secrets.list(owner)).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    const tooMany = Math.max(0, kept.length - (MAX_BEGUN - 1));
    const old = kept.filter(({ createdAt }, index) => createdAt < oldest || index < tooMany);
    for (const each of old) await secrets.delete(each);
  }

  return {
    async keep(userId, make) {
      const owner = toOwner(userId);
      await makeRoom(owner);
      const state = randomBytes(32).toString('base64url');
      await documents.put({ ...owner, name: toName(state) }, await make(state));
      return state;
    },

    async take(actor, state) {
      const place = { ...toOwner(actor.userId), name: toName(state) };
      const found = await documents.find(place);
      // Of two answers with one state, one deletes it.
      if (found === undefined || !(await secrets.delete(place))) return undefined;
      const { credentialId, expiresAt } = found.value;
      const isOther = credentialId !== null && credentialId !== actor.credentialId;
      return isOther || Date.parse(expiresAt) <= now() ? undefined : found.value;
    },

    removeAll: (userId) => secrets.deleteAll(toOwner(userId)),
  };
}

function toOwner(userId: string): SecretOwner {
  return { scope: 'mcp_sign_in_begun', ownerId: userId };
}

/** Who reads the database cannot end a sign-in. */
function toName(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}
