import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';
import { describeRoute } from './describe-route.ts';
import { finishDocument } from './finish-document.ts';
import { TAGS, writeInformation } from './information.ts';
import type { OpenApiDocument } from './open-api-types.ts';
import { renderPage } from './page/render-page.ts';

const STYLE_FILE = join(import.meta.dirname, 'page', 'page.css');

export interface OpenApiOptions {
  version: string;
  /** What stands before all paths; by default nothing. */
  basePath?: string;
}

/**
 * Describes every route that is registered after it: the document, and a page to read it.
 *
 * Both need no credential. They say what every server of this version says, and nothing of this installation: no names,
 * models, limits or addresses but the base path, and nothing that the public source does not say. Programs can thus be generated, and
 * people can read how to sign in, before they have signed in.
 */
export async function addOpenApiRoutes(root: FastifyInstance, options: OpenApiOptions): Promise<void> {
  const { version, basePath = '' } = options;
  await root.register(swagger, {
    openapi: writeInformation(version, basePath) as object,
    transform: describeRoute,
    transformObject: finishDocument,
    convertConstToEnum: false,
  });
  const app = root.withTypeProvider<ZodTypeProvider>();
  // Made when it is first asked for: by then every route is known, and the start does not wait for it.
  const getDocument = () => app.swagger() as object as OpenApiDocument;
  const getJson = once(async () => toResource(JSON.stringify(getDocument())));
  const getPage = once(async () => toResource(renderPage(getDocument(), basePath)));
  const getStyle = once(async () => toResource(await readFile(STYLE_FILE, 'utf8')));
  const tags = [TAGS.description];

  app.get(
    '/api/openapi.json',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'getOpenApiDocument',
        summary: 'Get this description as OpenAPI 3.1',
        tags,
        response: {
          200: answer<string>(z.looseObject({ openapi: z.string() })),
          304: z.undefined().describe('Nothing has changed.'),
        },
      },
    },
    async (request, reply) => send(request, reply, { type: 'application/json', ...(await getJson()) }),
  );
  app.get(
    '/api/docs',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'getDocumentation',
        summary: 'Get this description as a page for people',
        tags,
        response: { 200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } } },
      },
    },
    async (request, reply) => send(request, reply, { type: 'text/html', ...(await getPage()) }),
  );
  app.get('/api/docs/style.css', { config: { action: 'public.use' }, schema: { hide: true } }, async (request, reply) =>
    send(request, reply, { type: 'text/css', ...(await getStyle()) }),
  );
}

interface Resource {
  text: string;
  etag: string;
}

function toResource(text: string): Resource {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

function send(request: FastifyRequest, reply: FastifyReply, resource: Resource & { type: string }): FastifyReply {
  const { type, text, etag } = resource;
  void reply.header('etag', etag).header('cache-control', 'no-cache');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  // Already serialized, so no serializer shall touch it.
  return reply
    .type(`${type}; charset=utf-8`)
    .serializer((payload: string) => payload)
    .send(text);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
