import type { KeptAuthorization } from '../../definitions/mcp-authorization.ts';

/** What is kept for one server and one session. */
export interface ServerAuthorization {
  find(): Promise<KeptAuthorization | undefined>;
  /** The server wants another header than there is. */
  noteRefusal(challenge: string | undefined): void;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` that sends what is kept for the server at `url` as `Authorization`: found anew for each request, and renewed
 * once when the server answers 401. The header goes to the origin of `url` alone, whatever redirections and endpoints the
 * server names.
 */
export function createAuthorizedFetch(
  send: Fetch,
  { url, authorization }: { url: string; authorization: ServerAuthorization },
): Fetch {
  const { origin } = new URL(url);

  return async (input, init) => {
    if (new URL(input).origin !== origin) return send(input, init);
    const kept = await authorization.find();
    const first = await send(input, kept === undefined ? init : withAuthorization(init, kept.header));
    if (first.status !== 401) return first;
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
