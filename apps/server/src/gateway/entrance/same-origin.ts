import type { IncomingHttpHeaders } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

/**
 * Refuses requests that another site's page makes a browser send. For state-changing requests by cookie, and for every
 * WebSocket upgrade. The rules, first match decides:
 * - an `Origin` must have the request's `Host`, or be in `allowedOrigins` (`https://host[:port]`);
 * - without one, `Sec-Fetch-Site` must be `same-origin` or `none` (typed by the user);
 * - with neither, a program is asking: it passes, unless a cookie is all that it has to show.
 * @throws CspError `origin_not_allowed`
 */
export function assertSameOrigin(headers: IncomingHttpHeaders, allowedOrigins: readonly string[] = []): void {
  const { origin } = headers;
  if (origin !== undefined) {
    if (isSameHost(origin, headers.host) || allowedOrigins.includes(origin)) return;
    throw refusal(`Requests from the origin ${JSON.stringify(origin)} are not allowed.`);
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw refusal('A page of another site sent this request.');
  }
  const hasApiKey = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
  if (headers.cookie !== undefined && !hasApiKey) {
    throw refusal('A request by cookie must carry the header Origin. Programs should send an API key instead.');
  }
}

/** Schemes are not compared: behind a proxy that ends TLS they differ. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const requestUrl = `${protocol}//${host}`;
  return originHost !== '' && URL.canParse(requestUrl) && new URL(requestUrl).host === originHost;
}

function refusal(message: string): CspError {
  return new CspError('origin_not_allowed', message);
}
