import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint, isAPIError } from 'better-auth/api';
import { generateState, parseState } from 'better-auth/oauth2';
import { z } from 'zod';

/** For which better-auth keeps a state. */
const LIFETIME_MS = 10 * 60_000;

/** What a sign-in at the provider keeps from its beginning to its end. */
const kept = z.object({
  codeVerifier: z.string(),
  idTokenNonce: z.string(),
  redirectUri: z.string(),
  returnTo: z.string(),
  /** The account whose invitation is accepted with it. */
  invitedId: z.string().optional(),
});
export type OidcState = z.infer<typeof kept>;

/**
 * The `state` of a sign-in at the provider, with its PKCE verifier and its nonce, for ten minutes. A cookie binds it to the
 * browser, so that nobody can end a sign-in that they began elsewhere. Server only: the endpoints have no path.
 */
export const oidcStatePlugin = {
  id: 'csp-oidc-state',
  endpoints: {
    keepOidcState: createAuthEndpoint.serverOnly(
      { method: 'POST', body: kept.omit({ codeVerifier: true }), requireHeaders: true },
      async (ctx) => {
        const { idTokenNonce, ...additionalData } = ctx.body;
        return generateState(ctx, { idTokenNonce, additionalData });
      },
    ),
    /** Once, also of several calls at once: the state is gone afterwards. Null where it is unknown, too old, or of another browser. */
    takeOidcState: createAuthEndpoint.serverOnly(
      { method: 'GET', query: z.object({ state: z.string() }), requireHeaders: true },
      async (ctx): Promise<OidcState | null> => {
        try {
          const found = kept.parse(await parseState(ctx));
          // Of two callbacks at once better-auth lets both have the state, and a provider withdraws what it gave to either.
          const expiresAt = new Date(Date.now() + LIFETIME_MS);
          const taken = { identifier: `csp-oidc-state:${ctx.query.state}`, value: 'taken', expiresAt };
          return (await ctx.context.internalAdapter.reserveVerificationValue(taken)) ? found : null;
        } catch (error) {
          // better-auth sends people to a page of its own; here the caller does.
          if (isAPIError(error)) return null;
          throw error;
        }
      },
    ),
  },
} satisfies BetterAuthPlugin;
