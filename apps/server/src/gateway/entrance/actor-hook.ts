import { Stream } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Actor } from '../../identity/actor.ts';
import type { Access, OpenAccess } from './open-access.ts';
import { requireActor, type RequireActorDeps } from './require-actor.ts';

const ACCESS = 'access';

interface ActorHookOptions extends RequireActorDeps {
  access: Pick<OpenAccess, 'open'>;
  /** Who may come in; by default everybody who is signed in. */
  require?: typeof requireActor;
}

/**
 * Finds out who asks before anything of a request is read, for every route of this scope: who may not come in is told
 * so, and not what is wrong with the request. A request whose credential ends meanwhile is cut off while it is being
 * received or its answer is being sent.
 */
export function addActorHook(app: FastifyInstance, options: ActorHookOptions): void {
  const { require = requireActor } = options;
  app.decorateRequest(ACCESS, null);
  app.addHook('onRequest', async (request, reply) => {
    const access = options.access.open(await require(request, options));
    request.setDecorator(ACCESS, access);
    reply.raw.once('close', () => access.close());
    if (reply.raw.destroyed) access.close();
    access.onRevoked(() => cutOff(request, reply));
  });
  // A body may take minutes.
  app.addHook('preHandler', (request) => getAccess(request).assertAllowed());
  app.addHook('onSend', async (request, _reply, payload) => {
    // Null where nobody came in.
    const refusal = request.getDecorator<Access | null>(ACCESS)?.refusal;
    if (refusal === undefined || !(payload instanceof Stream)) return;
    (payload as Stream & { destroy?: () => void }).destroy?.();
    throw refusal;
  });
}

/**
 * Cuts a request off while it is being received or its answer is being sent. Between the two its handler runs, and its
 * answer is sent: the request itself, such as a sign-out, may have ended the credential.
 */
function cutOff(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete || reply.raw.headersSent) request.raw.destroy();
}

/** What the request is allowed by, in a scope with the hook. */
export function getAccess(request: FastifyRequest): Access {
  return request.getDecorator<Access>(ACCESS);
}

/** Who asks, in a scope with the hook. */
export function getActor(request: FastifyRequest): Actor {
  return getAccess(request).actor;
}

/** By which the request is known when it comes again: its `idempotency-key`. */
export function findRequestId(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
