import { AsyncResource } from 'node:async_hooks';

import type { FastifyInstance } from 'fastify';

import { correlate } from '../../telemetry/correlation.ts';

/** Every line that is logged while a request is answered has its id. Call it before other hooks are added. */
export function correlateRequests(app: FastifyInstance): void {
  const contexts = new WeakMap<object, AsyncResource>();
  app.addHook('onRequest', (request, _reply, done) => {
    correlate({ request_id: request.id }, () => {
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
