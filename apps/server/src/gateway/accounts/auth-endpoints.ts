import { CspError, type ErrorCode } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';

import { CLIENT_ADDRESS_HEADER } from '../../identity/auth.ts';
import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor } from '../../audit/fact.ts';
import type { Identity } from '../../identity/identity.ts';
import { accountOperations, type AccountOperation } from './account-operations.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';

const roleNames = z.union([z.string(), z.array(z.string())]).optional();
/** The body of `admin/set-role` or `admin/update-user`, as far as it changes a role. */
const roleChange = z.object({ userId: z.string(), role: roleNames, data: z.object({ role: roleNames }).optional() });

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

/** Mounts better-auth's endpoints for accounts. They act by cookie only, and answer errors in our envelope. */
export async function authEndpoints(app: FastifyInstance, options: AuthEndpointsOptions): Promise<void> {
  const { identity, audit, allowedOrigins, limits } = options;

  async function forward(
    operation: AccountOperation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (request.method !== 'GET') assertSameOrigin(request.headers, allowedOrigins);
    if (await demotesLastAdministrator(identity, request)) {
      throw new CspError(
        'state_conflict',
        'This is the last administrator. Make somebody else an administrator first.',
      );
    }
    const response = await identity.handle(toWebRequest(request));
    if (!response.ok) throw await toError(response);
    const text = await response.text();
    await recordChange(audit, operation, { request, answer: text });
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

function toSchema({ operationId, summary, body, querystring, limited, method }: AccountOperation): FastifySchema {
  return {
    operationId,
    summary,
    tags: [TAGS.accounts],
    ...(body && { body }),
    ...(querystring && { querystring }),
    response: {
      200: z.unknown().describe('As better-auth answers it.'),
      ...(method === 'POST' && failsWith(409)),
      ...(limited && failsWith(429)),
    },
  };
}

/** better-auth keeps people from locking or removing themselves, but not from giving up the last administrator's role. */
async function demotesLastAdministrator(identity: Identity, request: FastifyRequest): Promise<boolean> {
  const parsed = roleChange.safeParse(request.body);
  if (!parsed.success) return false;
  const { userId, role, data } = parsed.data;
  const newRole = role ?? data?.role;
  if (newRole === undefined || [newRole].flat().includes('admin')) return false;
  return identity.isLastAdministrator(userId);
}

const changedUser = z.object({ userId: z.string() });
const madeUser = z.object({ user: z.object({ id: z.string() }) });

/** Records a change of accounts or sign-ins: whose, by which operation and, where it sets one, the role. */
async function recordChange(
  audit: AuditRecorder,
  { audit: action, operationId, path }: AccountOperation,
  { request, answer }: { request: FastifyRequest; answer: string },
): Promise<void> {
  if (action === undefined) return;
  const actor = getActor(request);
  const made = action === 'user.create' ? madeUser.safeParse(JSON.parse(answer)).data?.user.id : undefined;
  const own = path.startsWith('admin/') ? null : actor.userId;
  const id = made ?? changedUser.safeParse(request.body).data?.userId ?? own;
  const change = roleChange.partial().safeParse(request.body).data;
  const role = [change?.role ?? change?.data?.role ?? []].flat().join(',');
  await audit.record({
    ...{ actor: toFactActor(actor), action, target: { type: 'user', id } },
    details: { operation: operationId, ...(role !== '' && { role }) },
  });
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
