import type { FastifyInstance } from 'fastify';

/**
 * Reads queries as the official SDK writes them: `name[]=a&name[]=b` is `name`, `name=` is null and so left out, and
 * `beta`, which it adds to some addresses, means nothing here. What else a route does not know is refused: a filter must
 * not be ignored in silence.
 */
export function addQueryParameters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const query = Object.entries(request.query as Record<string, unknown>);
    const known = query.filter(([name, value]) => name !== 'beta' && value !== '');
    request.query = Object.fromEntries(known.map(([name, value]) => [name.replace(/\[\]$/, ''), value]));
  });
}
