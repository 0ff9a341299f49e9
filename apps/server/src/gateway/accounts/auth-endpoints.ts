import { CspError, type ErrorCode } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';

import { CLIENT_ADDRESS_HEADER } from '../../identity/auth.ts';
import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Identity } from '../../identity/identity.ts';
import { accountOperations, type AccountOperation } from './account-operations.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';

const CODES: Partial<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'authentication_required',
  403: 'permission_denied',
  404: 'not_found',
  409: 'state_conflict',
  422: 'invalid_request',
  429: 'rate_limited',
};

interface AuthEndpointsOptions {
  identity: Identity;
  audit: AuditRecorder;
  allowedOrigins?: readonly string[] | undefined;
  limits: Pick<AttemptLimits, 'begin'>;
}

/** Mounts better-auth's endpoints for one's own account. They act by cookie only, and answer errors in our envelope. */
export async function authEndpoints(app: FastifyInstance, options: AuthEndpointsOptions): Promise<void> {
  const { identity, audit, allowedOrigins, limits } = options;

  async function forward(
    operation: AccountOperation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (request.method !== 'GET') assertSameOrigin(request.headers, allowedOrigins);
    const response = await identity.handle(toWebRequest(request));
    if (!response.ok) throw await toError(response);
    const text = await response.text();
    if (operation.audit !== undefined) await recordChange(audit, operation, getActor(request));
    const setCookies = response.headers.getSetCookie();
    if (setCookies.length > 0) reply.header('set-cookie', setCookies);
    return reply.code(response.status).type('application/json; charset=utf-8').send(text);
  }

  async function limited(...call: Parameters<typeof forward>): Promise<FastifyReply> {
    const [, request] = call;
    const { userId } = getActor(request);
    const attempt = limits.begin({ address: request.ip, account: userId, isPerson: true });
    const answered = await forward(...call);
    attempt.succeeded();
    return answered;
  }

  for (const operation of accountOperations) {
    app.route({
      method: operation.method,
      url: `/api/auth/${operation.path}`,
      config: { action: operation.action },
      schema: toSchema(operation),
      handler: (request, reply) => (operation.limited ? limited : forward)(operation, request, reply),
    });
  }
}

function toSchema({ operationId, summary, body, limited }: AccountOperation): FastifySchema {
  return {
    operationId,
    summary,
    tags: [TAGS.accounts],
    ...(body && { body }),
    response: {
      200: z.unknown().describe('As better-auth answers it.'),
      ...(limited && failsWith(429)),
    },
  };
}

/** Records a change of one's own account. */
async function recordChange(
  audit: AuditRecorder,
  { audit: action, operationId }: AccountOperation,
  actor: Actor,
): Promise<void> {
  if (action === undefined) return;
  const fact = { actor: toFactActor(actor), action, target: toFactUser(actor.userId) };
  await audit.record({ ...fact, details: { operation: operationId } });
}

/** Passes on only what better-auth needs: cookie, user agent, and the client's address as Fastify knows it. */
function toWebRequest(request: FastifyRequest): Request {
  const headers = new Headers({ [CLIENT_ADDRESS_HEADER]: request.ip });
  for (const name of ['cookie', 'user-agent'] as const) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, value);
  }
  // The host is of no use: better-auth has its base URL, and this one is never resolved.
  const url = new URL(request.url, 'http://localhost');
  if (request.method === 'GET') return new Request(url, { headers });
  headers.set('content-type', 'application/json');
  return new Request(url, { method: request.method, headers, body: JSON.stringify(request.body ?? {}) });
}

async function toError(response: Response): Promise<CspError> {
  const code = CODES[response.status] ?? 'internal';
  const body: unknown = await response.json().catch(() => null);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  return new CspError(code, message === '' ? `The account service answered ${response.status}.` : message);
}
