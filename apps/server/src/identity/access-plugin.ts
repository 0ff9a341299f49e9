import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

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
  userId: {
    type: 'string',
    required: true,
    index: true,
    references: { model: 'auth_user', field: 'id', onDelete: 'cascade' },
  },
  createdAt: { type: 'date', required: true },
  expiresAt: { type: 'date', required: false },
  lastUsedAt: { type: 'date', required: false },
} as const;

/** The API key that a sign-in was made with, if any: it is good while that key is. */
const signInFields = { apiKeyId: { type: 'string', required: false, input: false } } as const;

/**
 * Our own part of better-auth: the API key table, the key of a sign-in, and `auth.api.openSession`, which signs a user in whose credential we
 * have checked ourselves (key or link). Server only: it has no path.
 * better-auth's API key plugin is not used: see docs/decisions/2026-11-22-own-api-keys.md.
 */
export const accessPlugin = {
  id: 'csp-access',
  schema: { apiKey: { modelName: 'auth_api_key', fields: apiKeyFields }, session: { fields: signInFields } },
  endpoints: {
    openSession: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string(), apiKeyId: z.string().nullable() }), requireHeaders: true },
      async (ctx) => {
        const { internalAdapter } = ctx.context;
        const user = await internalAdapter.findUserById(ctx.body.userId);
        if (user === null) throw new APIError('UNAUTHORIZED', { message: 'The user does not exist any more.' });
        const session = await internalAdapter.createSession(user.id, false, { apiKeyId: ctx.body.apiKeyId });
        await setSessionCookie(ctx, { session, user });
        return { sessionId: session.id, user };
      },
    ),
  },
} satisfies BetterAuthPlugin;
