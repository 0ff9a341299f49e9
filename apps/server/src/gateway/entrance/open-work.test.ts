import type { AddressInfo } from 'node:net';

import { connectRawWebSocket, until } from '@claude-sdk-pattern/testkit';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { admitAs, NO_RATE_LIMIT } from './fixtures/access-harness.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { chatRoutes } from '../chat/chat-routes.ts';
import { sendError } from './error-envelope.ts';
import { createOpenWork, trackRequests } from './open-work.ts';
import { zodSchemas } from './zod-schemas.ts';

/** A front door whose work, `GET /slow` and the frame `session.wake`, takes until it is told to end. */
async function openFrontDoor() {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const order: string[] = [];
  const beSlow = async () => {
    begun.resolve();
    await finish.promise;
    order.push('work ended');
  };
  const metrics = createMetrics();
  const app = fastify({ ...zodSchemas, forceCloseConnections: true, return503OnClosing: false });
  app.setErrorHandler(sendError);
  const work = createOpenWork();
  // Longer than any of this takes, however busy the machine is.
  trackRequests(app, work, { answerWaitMs: 60_000 });
  app.get('/quick', async () => ({ done: true }));
  app.get('/slow', async () => {
    await beSlow();
    return { done: true };
  });
  await app.register(async (scope) => {
    admitAs(scope, toTestActor('user_1'));
    await scope.register(chatRoutes, {
      work,
      rate: NO_RATE_LIMIT,
      addressRate: { take: () => undefined },
      metrics,
      sessions: { wake: beSlow } satisfies Pick<SessionService, 'wake'> as unknown as SessionService,
      overviewBoard: { watch: () => () => undefined },
      terminals: undefined as never,
      logger: app.log as never,
      allowedOrigins: [],
    });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    order,
    begun: begun.promise,
    finish: () => finish.resolve(),
    close: () => app.close().then(() => order.push('closed')),
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      finish.resolve();
      await app.close();
      metrics.close();
    },
  };
}

it('closes behind the frame that is being carried out, which is still answered', async () => {
  await using door = await openFrontDoor();
  await using socket = await connectRawWebSocket(door);
  await using other = await connectRawWebSocket(door);
  const slow = socket.request({ type: 'session.wake', session_id: 'sesn_1' });
  await door.begun;
  const closing = door.close();
  const refused = await until('frames are refused', async () => {
    const answer = await other.request({ type: 'session.detach', session_id: 'sesn_1' });
    return answer.type === 'error' && answer;
  });
  door.finish();
  expect(await slow).toMatchObject({ type: 'reply', result: {} });
  await closing;
  expect(door.order).toEqual(['work ended', 'closed']);
  expect(refused).toMatchObject({ error: { type: 'overloaded_error', details: { code: 'stopping' } } });
});

it('closes behind the request that is being answered, and refuses later ones as the protocol says', async () => {
  await using door = await openFrontDoor();
  const slow = fetch(`${door.url}/slow`);
  await door.begun;
  const closing = door.close();
  const refused = await until('requests are refused', async () => {
    const response = await fetch(`${door.url}/quick`);
    return response.status !== 200 && response;
  });
  door.finish();
  expect(await (await slow).json()).toEqual({ done: true });
  await closing;
  expect(door.order).toEqual(['work ended', 'closed']);
  expect(refused.status).toBe(529);
  expect(await refused.json()).toMatchObject({ error: { type: 'overloaded_error' } });
});

it('closes behind a request whose client has left', async () => {
  await using door = await openFrontDoor();
  const leaving = new AbortController();
  const slow = fetch(`${door.url}/slow`, { signal: leaving.signal });
  await door.begun;
  leaving.abort();
  await expect(slow).rejects.toThrow('aborted');
  const closing = door.close();
  await until('requests are refused', async () => (await fetch(`${door.url}/quick`)).status !== 200);
  door.finish();
  await closing;
  expect(door.order).toEqual(['work ended', 'closed']);
});
