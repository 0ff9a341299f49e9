import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import type { Action } from '../../access/actions.ts';
import type { Actor } from '../../identity/actor.ts';
import { admitAs } from './fixtures/access-harness.ts';
import { getActor } from './admission.ts';
import { sendError } from './error-envelope.ts';

/** A door with one route of this action. */
async function openDoor(actor: Actor | null, action: Action) {
  const app = fastify();
  app.setErrorHandler(sendError);
  admitAs(app, actor);
  app.post('/', { config: { action } }, async () => ({ done: true }));
  app.get('/who', { config: { action } }, async (request) => ({ userId: getActor(request).userId }));
  return app;
}

it('refuses a route that names no action, or one that is not in the table', () => {
  const app = fastify();
  admitAs(app, null);
  expect(() => app.get('/a', async () => 'a')).toThrow('GET /a names no action');
  const config = { action: 'session.steal' as Action };
  expect(() => app.get('/b', { config }, async () => 'b')).toThrow('GET /b names no action');
  expect(() => app.get('/c', { config: { action: 'toString' as Action } }, async () => 'c')).toThrow('names no action');
});

it.each([
  ['nobody', null, 'public.use', 200],
  ['nobody', null, 'session.read', 401],
  ['a user', toTestActor('user_1'), 'session.read', 200],
  ['a user', toTestActor('user_1'), 'process.read', 403],
  ['an operator', toTestActor('user_1', 'operator'), 'process.read', 200],
  ['an administrator by key', toTestActor('user_1', 'admin'), 'user.change', 200],
  [
    'an administrator by a key that may only read',
    { ...toTestActor('user_1', 'admin'), scopes: ['read'] },
    'user.change',
    403,
  ],
  ['an operator by cookie', { ...toTestActor('user_1', 'operator'), via: 'cookie' }, 'user.change', 403],
  ['a user by key', toTestActor('user_1'), 'account.change', 401],
  ['a user by cookie', { ...toTestActor('user_1'), via: 'cookie' }, 'account.change', 200],
] as const)('answers %s (%#) by the action of the route', async (_, actor, action, status) => {
  const app = await openDoor(actor, action);
  const headers = { origin: 'http://localhost', host: 'localhost' };
  const ask = (payload?: string) =>
    app.inject({
      method: 'POST',
      url: '/',
      headers: { ...headers, 'content-type': 'application/json' },
      ...(payload && { payload }),
    });
  expect((await app.inject({ method: 'POST', url: '/', headers })).statusCode).toBe(status);
  // Whoever may not come in is not told what is wrong with the request.
  expect((await ask('{')).statusCode).toBe(status === 200 ? 400 : status);
});

it('tells a route who asks, where it is not public', async () => {
  expect((await (await openDoor(toTestActor('user_1'), 'session.read')).inject('/who')).json()).toEqual({
    userId: 'user_1',
  });
  expect((await (await openDoor(null, 'public.use')).inject('/who')).statusCode).toBe(500);
});

it('leaves paths without a route to whoever serves them', async () => {
  expect((await (await openDoor(null, 'session.read')).inject('/none')).statusCode).toBe(404);
});
