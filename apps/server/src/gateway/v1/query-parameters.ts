import type { FastifyInstance } from 'fastify';

/**
 * Reads queries as the official SDK writes them: `name[]=a&name[]=b` is a list `name`, `name=` is null and left out,
 * and `beta`, which it adds to some URLs, is ignored. Any other unknown parameter is refused: a filter must not be
 * ignored in silence.
 */
export function addQueryParameters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const query = Object.entries(request.query as Record<string, unknown>);
    const known = query.filter(([name, value]) => name !== 'beta' && value !== '');
    request.query = Object.fromEntries(known.map(([name, value]) => [name.replace(/\[\]$/, ''), value]));
  });
}
