import { existsSync } from 'node:fs';
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
 */
export async function webAppRoutes(app: FastifyInstance, { dir }: { dir: string }): Promise<void> {
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
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return refuse(request, reply, `There is no ${request.method} ${request.url.split('?')[0]}`);
    if (!existsSync(join(dir, 'index.html'))) return refuse(request, reply, 'The web app is not built. Run npm start');
    return reply.sendFile('index.html');
  });
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
