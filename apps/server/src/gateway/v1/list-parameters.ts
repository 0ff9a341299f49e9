import type { FastifyInstance } from 'fastify';

/** Reads `name[]=a&name[]=b`, as the official SDK writes lists, as `name`. */
export function addListParameters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const query = Object.entries(request.query as Record<string, unknown>);
    if (!query.some(([name]) => name.endsWith('[]'))) return;
    request.query = Object.fromEntries(query.map(([name, value]) => [name.replace(/\[\]$/, ''), value]));
  });
}
