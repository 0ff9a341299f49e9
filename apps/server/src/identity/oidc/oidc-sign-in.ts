import { generateIdTokenNonce } from 'better-auth/oauth2';
import type { IncomingHttpHeaders } from 'node:http';

import type { Clock } from '../../lib/clock.ts';
import type { Auth, AuthContext } from '../auth.ts';
import type { SignedIn, SignIn, SignInRequest } from '../sign-in.ts';
import { toPerson } from './oidc-claims.ts';
import { admitPerson, type OidcPeopleDeps } from './oidc-people.ts';
import { createOidcProvider } from './oidc-provider.ts';
import { OidcRefusal, toProviderRefusal, type OidcChanges } from './oidc-refusal.ts';
import type { OidcSettings } from './oidc-settings.ts';
import type { OidcState } from './oidc-state.ts';

/** What the provider sends people back with. */
export interface OidcAnswer {
  state?: string | undefined;
  code?: string | undefined;
  error?: string | undefined;
  iss?: string | undefined;
}

/** Single sign-on at one OpenID provider. */
export interface OidcSignIn {
  /** Of the provider, for people. */
  readonly name: string;
  /**
   * Begins a sign-in: where to send the person, and the `Set-Cookie` values that bind it to the browser.
   * @throws OidcRefusal
   */
  begin(request: OidcBeginning): Promise<{ url: string; setCookies: string[] }>;
  /**
   * Ends it: signs in whom the provider names.
   * @throws OidcRefusal; CspError for what `admit` of the request refuses.
   */
  finish(answer: OidcAnswer, request: OidcRequest): Promise<SignedIn & { returnTo: string }>;
}

export interface OidcBeginning {
  redirectUri: string;
  /** The path in the web app where the person goes afterwards. */
  returnTo: string;
  /** The account whose invitation the person accepts so: they are signed in to this one, or refused. */
  invitedId?: string | undefined;
}

export interface OidcRequest extends SignInRequest {
  cookie: IncomingHttpHeaders['cookie'];
  /** Called once it is known how the sign-in was begun. */
  onBegun(beginning: Pick<OidcBeginning, 'invitedId'>): void;
  /** Runs `work`, which may make or change the account. */
  change(work: () => Promise<OidcChanges>): Promise<OidcChanges>;
}

export interface OidcSignInDeps extends Omit<OidcPeopleDeps, 'settings'> {
  settings: OidcSettings;
  auth: Auth;
  clock: Clock;
  context: () => Promise<AuthContext>;
  signIn: Pick<SignIn, 'open'>;
}

export function createOidcSignIn(deps: OidcSignInDeps): OidcSignIn {
  const { settings, auth, signIn } = deps;
  const open = createOidcProvider(settings, deps.context);

  return {
    name: settings.name,

    async begin({ redirectUri, returnTo, invitedId }) {
      const provider = await open();
      const nonce = generateIdTokenNonce({ requiresIdTokenNonce: true }) ?? '';
      const { headers, response } = await auth.api.keepOidcState({
        body: { idTokenNonce: nonce, redirectUri, returnTo, invitedId },
        headers: new Headers(),
        returnHeaders: true,
      });
      const { state, codeVerifier } = response;
      const url = await provider.toAuthorizationUrl({ state, codeVerifier, nonce, redirectUri });
      return { url, setCookies: headers.getSetCookie() };
    },

    async finish({ state, code, error, iss }, { cookie, change, onBegun, ...request }) {
      const kept = await takeState(auth, state, cookie);
      onBegun(kept);
      if (error !== undefined) throw toProviderRefusal(error);
      if (code === undefined) throw new OidcRefusal('answer_not_valid', 'The answer has neither a code nor an error');
      const provider = await open();
      const { codeVerifier, idTokenNonce: nonce, redirectUri, returnTo, invitedId } = kept;
      const { subject, claims } = await provider.exchange({ code, iss, codeVerifier, nonce, redirectUri });
      const person = toPerson(subject, claims, settings);
      const changes = await change(() => admitPerson(deps, person, { providerId: provider.id, invitedId }));
      const endsAt = new Date(deps.clock.now() + settings.lastsMs);
      const signedIn = await signIn.open({ userId: changes.userId, apiKeyId: null, endsAt }, request);
      return { ...signedIn, returnTo };
    },
  };
}

async function takeState(auth: Auth, state: string | undefined, cookie: string | undefined): Promise<OidcState> {
  if (state === undefined) throw new OidcRefusal('expired', 'The answer has no state');
  const headers = new Headers(cookie === undefined ? {} : { cookie });
  const kept = await auth.api.takeOidcState({ query: { state }, headers });
  if (kept === null) throw new OidcRefusal('expired', 'The state of the answer was not begun in this browser');
  return kept;
}
