import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

/** The user whose credential it is, which ends with them. */
const OWNER = {
  type: 'string',
  required: true,
  index: true,
  references: { model: 'auth_user', field: 'id', onDelete: 'cascade' },
} as const;

/** The table of API keys, so that better-auth's migrations make and keep it. `digest` is all that is kept of a key. */
const apiKeyFields = {
  name: { type: 'string', required: true },
  /** The first characters of the key, by which a person recognises it. */
  hint: { type: 'string', required: true },
  digest: { type: 'string', required: true, unique: true },
  /** `read`, or null for all. */
  scopes: { type: 'string', required: false },
  /** The key that it was made with, if any: it is removed with that key. */
  madeWith: {
    type: 'string',
    required: false,
    index: true,
    references: { model: 'auth_api_key', field: 'id', onDelete: 'cascade' },
  },
  /** Id of the user who made it for this account, if that is somebody else. It stays when they are deleted. */
  madeBy: { type: 'string', required: false },
  userId: OWNER,
  createdAt: { type: 'date', required: true },
  expiresAt: { type: 'date', required: false },
  lastUsedAt: { type: 'date', required: false },
} as const;

/** The table of passkeys; `passkeys.ts` says what is in it. */
const passkeyFields = {
  name: { type: 'string', required: true },
  rpId: { type: 'string', required: true },
  credentialId: { type: 'string', required: true, unique: true },
  publicKey: { type: 'string', required: true },
  counter: { type: 'string', required: true },
  transports: { type: 'string', required: true },
  userId: OWNER,
  createdAt: { type: 'date', required: true },
  lastUsedAt: { type: 'date', required: false },
} as const;

const signInFields = {
  /** The API key or the passkey that a sign-in was made with, if any: it is good while that one is. */
  apiKeyId: { type: 'string', required: false, input: false },
  passkeyId: { type: 'string', required: false, input: false },
  /** When it ends, however much it is used; null for a sign-in that use extends. */
  endsAt: { type: 'date', required: false, input: false },
} as const;

/**
 * Our own part of better-auth: the tables of API keys and passkeys, which of them a sign-in was made with, and
 * `auth.api.openSession`, which signs a user in whose credential we have checked ourselves (key, passkey or link). Server only: it has no path.
 * better-auth's plugins for API keys and passkeys are not used: see docs/decisions/2026-11-22-own-api-keys.md and
 * 2026-11-30-own-passkeys.md.
 */
export const accessPlugin = {
  id: 'csp-access',
  schema: {
    apiKey: { modelName: 'auth_api_key', fields: apiKeyFields },
    passkey: { modelName: 'auth_passkey', fields: passkeyFields },
    session: { fields: signInFields },
  },
  endpoints: {
    openSession: createAuthEndpoint.serverOnly(
      {
        method: 'POST',
        body: z.object({
          userId: z.string(),
          apiKeyId: z.string().nullable(),
          passkeyId: z.string().nullable(),
          endsAt: z.date().optional(),
        }),
        requireHeaders: true,
      },
      async (ctx) => {
        const { internalAdapter } = ctx.context;
        const { userId, apiKeyId, passkeyId, endsAt } = ctx.body;
        const user = await internalAdapter.findUserById(userId);
        if (user === null) throw new APIError('UNAUTHORIZED', { message: 'The user does not exist any more.' });
        const fields = { apiKeyId, passkeyId, ...(endsAt && { endsAt, expiresAt: endsAt }) };
        // Only with `true` is the given end kept.
        const session = await internalAdapter.createSession(user.id, false, fields, endsAt !== undefined);
        await setSessionCookie(ctx, { session, user });
        return { sessionId: session.id, user };
      },
    ),
  },
} satisfies BetterAuthPlugin;
