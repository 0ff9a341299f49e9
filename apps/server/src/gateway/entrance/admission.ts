import { Stream } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { getRule, isAction, type Action } from '../../access/actions.ts';
import { may, mayEver } from '../../access/may.ts';
import { toRefusal } from '../../access/to-refusal.ts';
import type { Actor } from '../../identity/actor.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { Access, OpenAccess } from './open-access.ts';
import type { RequestRate } from './request-rate.ts';
import { requireActor, type RequireActorDeps } from './require-actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The action of the route, as in the table of `access`. */
    action: Action;
  }
}

const ACCESS = 'access';
const IS_KNOWN = 'isCredentialKnown';

export interface AdmissionOptions extends RequireActorDeps {
  access: Pick<OpenAccess, 'open'>;
  rate: RequestRate;
  /** Limits bad credentials in headers; no limit without. */
  limits?: Pick<AttemptLimits, 'tryUnguessable'> | undefined;
}

/**
 * Allows or refuses the action that the route of a request names, before anything else of the request is read: a
 * caller without permission learns nothing about the rest. The services check the resource. A request whose
 * credential ends meanwhile is cut off while it is received or while its answer is sent.
 * Call it before adding routes: then a route that names no action of the table is an error.
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
    // A path without a route is answered by the web app, or with 404.
    if (request.is404) return;
    const { action } = request.routeOptions.config;
    if (may(undefined, action, 'none')) return;
    const find = () => requireActor(request, options);
    const { limits } = options;
    const isLimited = limits !== undefined && hasHeaderCredential(request);
    const actor = await (isLimited ? limits.tryUnguessable(request.ip, find) : find());
    request.setDecorator(IS_KNOWN, true);
    options.rate.take(actor);
    assertMayUse(actor, action);
    const access = options.access.open(actor);
    request.setDecorator(ACCESS, access);
    // The response of an upgrade ends before its connection does.
    const carrier = isUpgrade(request) ? request.raw.socket : reply.raw;
    carrier.once('close', () => access.close());
    if (carrier.destroyed) access.close();
    access.onRevoked(() => cutOff(request, reply));
  });
  // Receiving a body may take minutes, so the credential is checked again.
  app.addHook('preHandler', async (request) => findAccess(request)?.assertAllowed());
  app.addHook('onSend', async (request, _reply, payload) => {
    const refusal = findAccess(request)?.refusal;
    if (refusal === undefined || !(payload instanceof Stream)) return;
    (payload as Stream & { destroy?: () => void }).destroy?.();
    throw refusal;
  });
}

/** @throws CspError `authentication_required` for a credential of the wrong kind, `permission_denied` for the wrong role or scope. */
export function assertMayUse(actor: Actor, action: Action): void {
  const { via } = getRule(action);
  if (via !== undefined && actor.via !== via)
    throw new CspError(
      'authentication_required',
      'This request needs a sign-in with a cookie; an API key is not enough. Sign in with the browser.',
    );
  if (!mayEver(actor, action)) throw toRefusal(actor, action);
}

function hasHeaderCredential({ headers }: FastifyRequest): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined;
}

function isUpgrade({ raw }: FastifyRequest): boolean {
  return 'upgrade' in raw && raw.upgrade === true;
}

/**
 * Cuts a request off while it is received or while its answer is sent. Not in between, while its handler runs: the
 * request itself, such as a sign-out, may have ended the credential.
 */
function cutOff(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete || reply.raw.headersSent) request.raw.destroy();
}

/** Null on public routes, and where the caller was refused. */
function findAccess(request: FastifyRequest): Access | null {
  return request.getDecorator<Access | null>(ACCESS);
}

/** Whether the credential belongs to somebody, even if it does not allow this route. */
export function isCredentialKnown(request: FastifyRequest): boolean {
  return request.getDecorator<boolean>(IS_KNOWN);
}

/**
 * The credential of the request.
 * @throws Error on a public route
 */
export function getAccess(request: FastifyRequest): Access {
  const access = findAccess(request);
  if (access === null) throw new Error(`${request.method} ${request.url} is public: it has no actor`);
  return access;
}

/**
 * Who makes the request.
 * @throws Error on a public route
 */
export function getActor(request: FastifyRequest): Actor {
  return getAccess(request).actor;
}

/** As the `id` of a frame. */
const MAX_REQUEST_ID_CHARS = 128;

/**
 * The id under which a repeated request is recognised: its `idempotency-key`.
 * @throws CspError `invalid_request` for one that is too long to be kept
 */
export function findRequestId(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length <= MAX_REQUEST_ID_CHARS) return key;
  throw new CspError('invalid_request', `An idempotency-key has at most ${MAX_REQUEST_ID_CHARS} characters`);
}
