/** A call that an agent may make of the upstream. */
export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  /** Whether the call has a body. A call that must not have one and brings one is refused. */
  hasBody: boolean;
  /** Whether it costs tokens. */
  isMetered: boolean;
}

/** Endpoints that an agent process may call; all others are refused. */
export const ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/v1/messages', hasBody: true, isMetered: true },
  { method: 'POST', path: '/v1/messages/count_tokens', hasBody: true, isMetered: false },
  { method: 'GET', path: '/v1/models', hasBody: false, isMetered: false },
];

/** Compared as it is: a path is never resolved or made canonical, so what was compared is what is sent on. */
export function findEndpoint(method: string | undefined, path: string): Endpoint | undefined {
  return ENDPOINTS.find((endpoint) => endpoint.method === method && endpoint.path === path);
}

/** A request's target as `/path` and `?query`; other forms have no path that is offered. */
export function splitTarget(target: string): { path: string; query: string } {
  const query = target.indexOf('?');
  if (query === -1) return { path: target, query: '' };
  return { path: target.slice(0, query), query: target.slice(query) };
}

/** Whether a query can be put into a request line unchanged: printable ASCII without spaces. */
export function isSendable(query: string): boolean {
  return /^[\u0021-\u007e]*$/.test(query);
}
