const SOCKET_PATH = '/ws/v1/chat';
const CHAT_PATH = '/api/v1/chat';
const ACCOUNT_PATH = '/api/v1/bootstrap';

export interface Endpoints {
  socketUrl: string;
  /** Takes the same frames over HTTP. */
  chatUrl: string;
  /** The URL that `/v1/…` is appended to, without a slash at its end. */
  baseUrl: string;
  /** A cheap resource that answers 401 to a bad credential: a refused upgrade does not tell a browser why. */
  accountUrl: string;
}

/**
 * Reads `http(s)://host[/prefix]` or `ws(s)://host[/prefix]/ws/v1/chat`.
 * Throws a TypeError for another scheme, and for a credential in the URL, where it would end up in logs.
 */
export function toEndpoints(url: string): Endpoints {
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError('The URL holds a credential; pass it as apiKey instead.');
  }
  const scheme = /^(?:http|ws)(s?):$/.exec(parsed.protocol);
  if (!scheme) throw new TypeError(`A server is reached over http(s) or ws(s), not "${parsed.protocol}".`);
  const path = parsed.pathname.replace(/\/+$/, '');
  const prefix = path.endsWith(SOCKET_PATH) ? path.slice(0, -SOCKET_PATH.length) : path;
  const secure = scheme[1] ?? '';
  const baseUrl = `http${secure}://${parsed.host}${prefix}`;
  return {
    socketUrl: `ws${secure}://${parsed.host}${prefix}${SOCKET_PATH}`,
    baseUrl,
    chatUrl: baseUrl + CHAT_PATH,
    accountUrl: baseUrl + ACCOUNT_PATH,
  };
}
