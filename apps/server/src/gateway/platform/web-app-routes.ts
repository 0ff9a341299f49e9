import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import fastifyStatic from '@fastify/static';
import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from '../entrance/error-envelope.ts';

const ONE_YEAR_SECONDS = 365 * 24 * 60 * 60;
const API_PATHS = ['/api/', '/v1/', '/ws/', '/health/', '/metrics'];
const ASSETS = '/assets/';
/** A name with an ending and nothing that leads elsewhere. */
const FILE_NAME = /^[\w-]+(?:\.[\w-]+)+$/;

/**
 * Serves the built web app. Every path that belongs to no API is a page of it. Files are looked up on each request,
 * so that a new build needs no restart. A client that accepts it gets the compressed file (`.br`, `.gz`) that the
 * build made.
 * @param basePath below which people reach the server: the page then names its files, and itself, below this path
 */
export async function webAppRoutes(
  app: FastifyInstance,
  { dir, basePath = '' }: { dir: string; basePath?: string },
): Promise<void> {
  await app.register(fastifyStatic, {
    root: dir,
    serve: false,
    index: false,
    preCompressed: true,
    cacheControl: false,
    suppressWarning: true,
    setHeaders: (reply, path) => {
      // Names of assets carry their hash, so they never change.
      const immutable = relative(dir, path).startsWith('assets');
      void reply.header('cache-control', immutable ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache');
    },
  });
  for (const folder of ['/', ASSETS]) {
    app.route<{ Params: { name: string } }>({
      method: ['GET', 'HEAD'],
      url: `${folder}:name`,
      config: { action: 'public.use' },
      schema: { hide: true },
      handler(request, reply) {
        const { name } = request.params;
        if (FILE_NAME.test(name)) void reply.sendFile(folder + name);
        else reply.callNotFound();
      },
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    if (!isPage(request)) return refuse(request, reply, `There is no ${request.method} ${request.url.split('?')[0]}`);
    const page = join(dir, 'index.html');
    if (!existsSync(page)) return refuse(request, reply, 'The web app is not built. Run npm start');
    if (basePath === '') return reply.sendFile('index.html');
    void reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
    return reply.send(placeBelow(await readFile(page, 'utf8'), basePath));
  });
}

/** The page of the web app, which reads its base path from there (`apps/web/src/api/base-path.ts`). */
function placeBelow(html: string, basePath: string): string {
  return html
    .replaceAll(/(\s(?:href|src)=")\//g, `$1${basePath}/`)
    .replace('<head>', `<head>\n    <meta name="base-path" content="${basePath}" />`);
}

function isPage({ method, url }: FastifyRequest): boolean {
  const path = url.split('?')[0] ?? '';
  return method === 'GET' && ![...API_PATHS, ASSETS].some((start) => path.startsWith(start)) && !isFile(path);
}

function isFile(path: string): boolean {
  return FILE_NAME.test(path.slice(1));
}

function refuse(request: FastifyRequest, reply: FastifyReply, message: string): FastifyReply {
  // A new build may add it a moment later.
  void reply.header('cache-control', 'no-store');
  sendError(new CspError('not_found', message), request, reply);
  return reply;
}
