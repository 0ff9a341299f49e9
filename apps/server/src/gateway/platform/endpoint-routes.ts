import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';

import type { PluginEndpoints } from '../../endpoints/plugin-endpoints.ts';
import { getActor } from '../entrance/admission.ts';

export interface EndpointRoutesOptions {
  endpoints: Pick<PluginEndpoints, 'send'>;
  /** What stands before the paths of the server; empty at its root. */
  basePath: string;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** `/plugins/NAME/…`: what plugins answer. */
export const endpointRoutes: FastifyPluginAsync<EndpointRoutesOptions> = async (app, { endpoints, basePath }) => {
  // Bodies of any type are passed on as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  const routes = [
    { method: ['GET' as const], action: 'endpoint.read' as const },
    {
      method: ['POST' as const, 'PUT' as const, 'PATCH' as const, 'DELETE' as const],
      action: 'endpoint.send' as const,
    },
  ];
  for (const { method, action } of routes)
    app.route<{ Params: { name: string } }>({
      method,
      url: '/plugins/:name/*',
      bodyLimit: MAX_BODY_BYTES,
      exposeHeadRoute: false,
      config: { action },
      schema: { hide: true },
      async handler(request, reply) {
        const { userId, role } = getActor(request);
        const aborter = new AbortController();
        reply.raw.once('close', () => aborter.abort());
        const { status, headers, body } = await endpoints.send({
          ...{ name: request.params.name, method: request.method, path: toPath(request) },
          ...{ headers: request.headers, actor: { userId, role }, signal: aborter.signal },
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        });
        const { location } = headers;
        const placed = location === undefined ? headers : { ...headers, location: `${basePath}${location}` };
        return reply.status(status).headers(placed).send(body);
      },
    });
};

/** What stands after `/plugins/NAME`, as it was sent. */
function toPath({ url }: FastifyRequest): string {
  const [, path] = /^\/plugins\/[^/?]+(\/[^#]*)/.exec(url) ?? [];
  if (path === undefined) throw new CspError('not_found', 'There is nothing at this path');
  return path;
}
