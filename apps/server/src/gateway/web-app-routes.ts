import { existsSync } from 'node:fs';
import { join } from 'node:path';

import fastifyStatic from '@fastify/static';
import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance } from 'fastify';

import { sendError } from './error-envelope.ts';

const ONE_YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const API_PATHS = ['/api/', '/v1/', '/ws/', '/health/', '/metrics'];

/** Serves the built web app; every path that is neither a file nor an API is a page of it. */
export async function webAppRoutes(app: FastifyInstance, options: { dir: string }): Promise<void> {
  const built = existsSync(join(options.dir, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: options.dir,
      wildcard: false,
      index: ['index.html'],
      cacheControl: false,
      setHeaders: (reply, path) => {
        // Names of assets carry their hash, so they never change.
        const immutable = path.includes('/assets/');
        void reply.header('cache-control', immutable ? `public, max-age=${ONE_YEAR_MS / 1000}, immutable` : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage =
      request.method === 'GET' &&
      !API_PATHS.some((path) => request.url.startsWith(path)) &&
      !request.url.startsWith('/assets/');
    if (built && isPage) return reply.sendFile('index.html');
    const hint =
      !built && isPage
        ? 'The web app is not built. Run npm start'
        : `There is no ${request.method} ${request.url.split('?')[0]}`;
    sendError(new CspError('not_found', hint), request, reply);
    return reply;
  });
}
