import { createHash } from 'node:crypto';

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { answer } from '../v1/zod-schemas.ts';
import { createDocument } from './create-document.ts';
import { TAGS } from './information.ts';
import { toApiRoutes, type ApiRoute } from './route-schema.ts';

/**
 * Describes every route that is registered after it: the document, and a page to read it.
 *
 * Both need no credential. They say what every server of this version says, and nothing of this installation: no names,
 * models, limits or addresses, and nothing that the public source does not say. Programs can thus be generated, and
 * people can read how to sign in, before they have signed in.
 */
export function addOpenApiRoutes(app: FastifyInstance, options: { version: string }): void {
  const routes: ApiRoute[] = [];
  app.addHook('onRoute', (route) => void routes.push(...toApiRoutes(route)));

  let document: { json: string; etag: string } | undefined;
  const getDocument = () => {
    if (document) return document;
    const json = JSON.stringify(createDocument(routes, options));
    document = { json, etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"` };
    return document;
  };

  app.get(
    '/api/openapi.json',
    {
      schema: {
        operationId: 'getOpenApiDocument',
        summary: 'This description, as OpenAPI 3.1',
        tags: [TAGS.health],
        security: [],
        response: { 200: answer<string>(z.looseObject({ openapi: z.string() })), 304: z.undefined() },
      },
    },
    async (request, reply) => {
      const { json, etag } = getDocument();
      void reply.header('etag', etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('application/json; charset=utf-8').send(json);
    },
  );
}
