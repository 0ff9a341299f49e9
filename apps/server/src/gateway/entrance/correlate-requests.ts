import { AsyncResource } from 'node:async_hooks';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { correlate } from '../../telemetry/correlation.ts';
import type { ActiveSpan, Tracing } from '../../telemetry/tracing.ts';

/** What is asked every few seconds by programs that watch the server. */
const UNTRACED = /^\/(?:health\/|metrics\b)/;

/**
 * Every line that is logged while a request is answered has its id, and with traces the request is a span: until its answer has
 * ended, also where that is a stream. Call it before other hooks are added.
 */
export function correlateRequests(app: FastifyInstance, tracing: Tracing | undefined): void {
  const contexts = new WeakMap<object, AsyncResource>();
  app.addHook('onRequest', (request, reply, done) => {
    const remote = tracing?.read(request.headers);
    const span = tracing && isTraced(request) ? startSpan(tracing, { request, reply, remote }).context : remote;
    correlate({ request_id: request.id, span }, () => {
      contexts.set(request, new AsyncResource('csp-request'));
      done();
    });
  });
  // Fastify (5) goes on when the body has come, which is told in the context of the connection.
  app.addHook('preValidation', (request, _reply, done) => {
    const context = contexts.get(request);
    if (context === undefined) done();
    else context.runInAsyncScope(done);
  });
}

/** The frames of a WebSocket are spans of their own. */
function isTraced({ url, headers }: FastifyRequest): boolean {
  return headers.upgrade === undefined && !UNTRACED.test(url);
}

function startSpan(
  tracing: Tracing,
  {
    request,
    reply,
    remote,
  }: { request: FastifyRequest; reply: FastifyReply; remote: ActiveSpan['context'] | undefined },
): ActiveSpan {
  const { method, is404, routeOptions } = request;
  const route = is404 ? undefined : routeOptions.url;
  const span = tracing.start(route === undefined ? method : `${method} ${route}`, {
    ...{ role: 'server', parent: remote ?? null },
    attributes: {
      'http.request.method': method,
      ...(route !== undefined && { 'http.route': route }),
      'csp.request_id': request.id,
    },
  });
  reply.raw.once('close', () => {
    const { statusCode } = reply.raw;
    span.set({ 'http.response.status_code': statusCode });
    span.end({ error: statusCode >= 500 ? String(statusCode) : undefined });
  });
  return span;
}
