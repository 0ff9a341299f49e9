import type { FastifyInstance } from 'fastify';

/**
 * Bodies are JSON and nothing else. An empty one is none: many clients name the content type of JSON also where they
 * have nothing to send.
 */
export function addJsonBody(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parseJson(request, body, done);
  });
}
