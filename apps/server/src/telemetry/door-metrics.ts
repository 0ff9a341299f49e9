import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

const HTTP_BUCKETS_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 1, 2.5, 10, 60];

export type DoorMetrics = ReturnType<typeof createDoorMetrics>;

/** What clients do at the front door. */
export function createDoorMetrics(registers: Registry[]) {
  const metrics = {
    httpRequests: new Counter({
      name: 'csp_http_requests_total',
      help: 'HTTP requests that were answered, by method, pattern of the route and class of the status; none where no route fits',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpRequestDuration: new Histogram({
      name: 'csp_http_request_duration_seconds',
      help: 'Time of HTTP requests by method and pattern of the route; event streams left out',
      labelNames: ['method', 'route'],
      buckets: HTTP_BUCKETS_SECONDS,
      registers,
    }),
    rateLimited: new Counter({
      name: 'csp_rate_limited_total',
      help: 'Requests and frames that were refused, by limit: credential, address, attempts, connections',
      labelNames: ['limit'],
      registers,
    }),
    websocketConnections: new Gauge({
      name: 'csp_websocket_connections',
      help: 'Open WebSocket connections',
      registers,
    }),
    eventStreams: new Gauge({
      name: 'csp_event_streams',
      help: 'Open event streams over HTTP, by kind: session, chat',
      labelNames: ['kind'],
      registers,
    }),
    slowReaders: new Counter({
      name: 'csp_slow_readers_total',
      help: 'Clients that were cut off because they fell too far behind, by kind: websocket, chat, session',
      labelNames: ['kind'],
      registers,
    }),
  };
  startAtZero(metrics.rateLimited, 'limit', ['credential', 'address', 'attempts', 'connections']);
  startAtZero(metrics.slowReaders, 'kind', ['websocket', 'chat', 'session']);
  for (const kind of ['session', 'chat']) metrics.eventStreams.set({ kind }, 0);
  return metrics;
}
