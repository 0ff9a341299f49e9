import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Metrics } from '../../telemetry/metrics.ts';

/** No route answers others, so that whoever sends them cannot add series. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts an answered request by the pattern of its route. Event streams are answered outside of Fastify and do not come here. */
export function measureRequest(
  metrics: Pick<Metrics, 'httpRequests' | 'httpRequestDuration'>,
  { method: asked, is404, routeOptions }: Pick<FastifyRequest, 'method' | 'is404' | 'routeOptions'>,
  { statusCode, elapsedTime }: Pick<FastifyReply, 'statusCode' | 'elapsedTime'>,
): void {
  const method = METHODS.has(asked) ? asked : 'other';
  const route = is404 ? 'none' : (routeOptions.url ?? 'none');
  metrics.httpRequests.inc({ method, route, status: `${Math.floor(statusCode / 100)}xx` });
  metrics.httpRequestDuration.observe({ method, route }, elapsedTime / 1000);
}
