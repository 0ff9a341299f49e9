import type { KeptAuthorization } from '../../definitions/mcp-authorization.ts';
import { SignInNeededError, type NeededSignIn } from '../../definitions/sign-in-needed.ts';

/** What is kept for one server and one session. */
export interface ServerAuthorization {
  find(): Promise<KeptAuthorization | undefined>;
  /** The server wants another header than there is. */
  noteRefusal(challenge: string | undefined): void;
  /** Where a sign-in would help that nobody has made yet. */
  needed: NeededSignIn;
  onSignInNeeded(error: SignInNeededError): void;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` that sends what is kept for the server at `url` as `Authorization`: found anew for each request, and renewed
 * once when the server answers 401. Rejects with a `SignInNeededError` where only people can go on. The header goes to the origin of `url` alone, whatever redirections and endpoints the
 * server names.
 */
export function createAuthorizedFetch(
  send: Fetch,
  { url, authorization }: { url: string; authorization: ServerAuthorization },
): Fetch {
  const { origin } = new URL(url);

  const sendAuthorized: Fetch = async (input, init) => {
    const kept = await authorization.find();
    const first = await send(input, kept === undefined ? init : withAuthorization(init, kept.header));
    const missingScope = first.status === 403 ? findMissingScope(toChallenge(first)) : undefined;
    if (missingScope !== undefined && kept?.noteMissingScope !== undefined) {
      await first.body?.cancel();
      await kept.noteMissingScope(missingScope);
    }
    if (first.status !== 401) return first;
    if (kept === undefined && takesTokens(toChallenge(first))) {
      authorization.noteRefusal(toChallenge(first));
      await first.body?.cancel();
      throw new SignInNeededError('nobody has signed in yet', authorization.needed);
    }
    const header = await kept?.renew(toChallenge(first));
    if (header === undefined) {
      authorization.noteRefusal(toChallenge(first));
      return first;
    }
    await first.body?.cancel();
    const second = await send(input, withAuthorization(init, header));
    if (second.status === 401) authorization.noteRefusal(toChallenge(second));
    return second;
  };

  return async (input, init) => {
    if (new URL(input).origin !== origin) return send(input, init);
    try {
      return await sendAuthorized(input, init);
    } catch (error) {
      // A transport may pass on another error instead.
      if (error instanceof SignInNeededError) authorization.onSignInNeeded(error);
      throw error;
    }
  };
}

/** Servers of older revisions say nothing with their refusal; what takes passwords is no MCP server to sign in to. */
function takesTokens(challenge: string | undefined): boolean {
  return challenge === undefined || /(?:^|,\s*)bearer\b/i.test(challenge);
}

/** RFC 6750, section 3.1. */
function findMissingScope(challenge = ''): string | undefined {
  if (!/\berror="?insufficient_scope\b/.test(challenge)) return undefined;
  return /\bscope="([\x20-\x21\x23-\x5b\x5d-\x7e]{1,1000})"/.exec(challenge)?.[1];
}

function withAuthorization(init: RequestInit | undefined, authorization: string): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set('authorization', authorization);
  // The transport follows redirections itself, each as a request of its own.
  return { ...init, headers, redirect: 'manual' };
}

function toChallenge(refusal: Response): string | undefined {
  return refusal.headers.get('www-authenticate') ?? undefined;
}

/** Whether the configuration of a server says itself what to send. */
export function namesAuthorization(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}
