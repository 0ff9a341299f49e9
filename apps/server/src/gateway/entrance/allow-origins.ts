import type { FastifyInstance } from 'fastify';

/** Methods and headers that the API knows. */
const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS =
  'authorization, content-type, x-api-key, anthropic-version, anthropic-beta, idempotency-key, last-event-id';
/** Of an answer, what a page may read besides the headers that it always may. */
const EXPOSED = 'request-id, retry-after';
const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of these origins (`https://host[:port]`) read answers (CORS). Any other page gets the answer without the
 * headers that its browser asks for. Whether a request acts is decided elsewhere: by its credential, and by
 * `assertSameOrigin` where that is a cookie. Call it before adding routes.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    void reply.header('vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return;
    void reply
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-credentials', 'true')
      .header('access-control-expose-headers', EXPOSED);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return;
    await reply
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', HEADERS)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .status(204)
      .send();
  });
}
