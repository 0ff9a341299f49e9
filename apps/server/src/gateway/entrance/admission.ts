import { Stream } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { getRule, isAction, type Action } from '../../access/actions.ts';
import { may, mayEver } from '../../access/may.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Access, OpenAccess } from './open-access.ts';
import { requireActor, type RequireActorDeps } from './require-actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, as the table of access has it. */
    action: Action;
  }
}

const ACCESS = 'access';
const IS_KNOWN = 'isCredentialKnown';

export interface AdmissionOptions extends RequireActorDeps {
  access: Pick<OpenAccess, 'open'>;
}

/**
 * Lets each request do the action that its route names, before anything of the request is read: who may not come in is
 * told so, and not what is wrong with the request. With which resources the action may be done is for the services to ask.
 * A request whose credential ends meanwhile is cut off while it is being received or its answer is being sent.
 *
 * To be called before any route is added: a route that names no action of the table is an error then.
 */
export function admitRequests(app: FastifyInstance, options: AdmissionOptions): void {
  app.decorateRequest(ACCESS, null);
  app.decorateRequest(IS_KNOWN, false);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (!isAction(config?.action))
      throw new Error(
        `${String(method)} ${url} names no action of access/actions.ts in its config, so nobody may use it`,
      );
  });
  app.addHook('onRequest', async (request, reply) => {
    // What no route answers is the web app, or nothing.
    if (request.is404) return;
    const { action } = request.routeOptions.config;
    if (may(undefined, action, 'none')) return;
    const actor = await requireActor(request, options);
    request.setDecorator(IS_KNOWN, true);
    assertMayUse(actor, action);
    const access = options.access.open(actor);
    request.setDecorator(ACCESS, access);
    // The response of an upgrade ends before its connection does.
    const carrier = isUpgrade(request) ? request.raw.socket : reply.raw;
    carrier.once('close', () => access.close());
    if (carrier.destroyed) access.close();
    access.onRevoked(() => cutOff(request, reply));
  });
  // A body may take minutes.
  app.addHook('preHandler', async (request) => findAccess(request)?.assertAllowed());
  app.addHook('onSend', async (request, _reply, payload) => {
    const refusal = findAccess(request)?.refusal;
    if (refusal === undefined || !(payload instanceof Stream)) return;
    (payload as Stream & { destroy?: () => void }).destroy?.();
    throw refusal;
  });
}

/** @throws CspError `authentication_required` for a credential of the wrong kind, `permission_denied` for the wrong role. */
function assertMayUse(actor: Actor, action: Action): void {
  const { via, any } = getRule(action);
  if (via !== undefined && actor.via !== via)
    throw new CspError('authentication_required', 'Accounts are changed in the browser: sign in there.');
  if (mayEver(actor, action)) return;
  const who = any === 'admin' ? 'administrators' : 'operators and administrators';
  throw new CspError('permission_denied', `Only ${who} may do this. Ask an administrator`);
}

function isUpgrade({ raw }: FastifyRequest): boolean {
  return 'upgrade' in raw && raw.upgrade === true;
}

/**
 * Cuts a request off while it is being received or its answer is being sent. Between the two its handler runs, and its
 * answer is sent: the request itself, such as a sign-out, may have ended the credential.
 */
function cutOff(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete || reply.raw.headersSent) request.raw.destroy();
}

/** Null where nobody came in: on public routes, and where somebody was refused. */
function findAccess(request: FastifyRequest): Access | null {
  return request.getDecorator<Access | null>(ACCESS);
}

/** Whether the credential was looked up and is somebody's, also where it does not open this route. */
export function isCredentialKnown(request: FastifyRequest): boolean {
  return request.getDecorator<boolean>(IS_KNOWN);
}

/** Whether somebody came in with a good credential; false on public routes. */
export function isAdmitted(request: FastifyRequest): boolean {
  return findAccess(request) !== null;
}

/** What the request is allowed by. @throws Error on a public route */
export function getAccess(request: FastifyRequest): Access {
  const access = findAccess(request);
  if (access === null) throw new Error(`${request.method} ${request.url} is public: it has no actor`);
  return access;
}

/** Who asks. @throws Error on a public route */
export function getActor(request: FastifyRequest): Actor {
  return getAccess(request).actor;
}

/** By which the request is known when it comes again: its `idempotency-key`. */
export function findRequestId(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
