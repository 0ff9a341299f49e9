import { ERROR_CODES } from '@claude-sdk-pattern/protocol';
import type { RouteOptions } from 'fastify';
import { z } from 'zod';

import type { ActionRule } from '../../access/actions.ts';
import type { Reference, Response } from './open-api-types.ts';

const types = [...new Set(Object.values(ERROR_CODES).map(({ type }) => type))] as [string, ...string[]];

/** The envelope of every failure. */
export const errorEnvelope = z
  .object({
    type: z.literal('error'),
    error: z.object({
      type: z.enum(types),
      message: z.string().describe('What happened, to what, and what to do next.'),
      details: z
        .looseObject({
          code: z.string().describe('Says more precisely than `type` what happened.'),
          field: z.string().optional().describe('The field or parameter at fault.'),
        })
        .optional(),
    }),
    request_id: z.string().describe('Also in the header `request-id`, and in the log of the server.'),
  })
  .meta({ id: 'Error', description: 'What every failure answers.' });

interface Failure {
  name: string;
  description: string;
  example: { type: string; message: string; details: Record<string, unknown> };
  retryAfter?: boolean;
}

const FAILURES: Record<number, Failure> = {
  400: {
    name: 'InvalidRequest',
    description: 'The request is not valid; `error.details.field` names what is at fault.',
    example: {
      type: 'invalid_request_error',
      message: 'The request is not valid: name: Too small: expected string to have >=1 characters',
      details: { field: 'name', code: 'invalid_request' },
    },
  },
  401: {
    name: 'NotSignedIn',
    description: 'No credential, or none that is known.',
    example: {
      type: 'authentication_error',
      message: 'Sign in, or send a valid API key as "Authorization: Bearer KEY" or "x-api-key: KEY".',
      details: { code: 'authentication_required' },
    },
  },
  403: {
    name: 'NotAllowed',
    description: 'Not allowed for this role, or a page of another site has sent the request.',
    example: {
      type: 'permission_error',
      message: 'Only operators and administrators may do this. Ask an administrator',
      details: { code: 'permission_denied' },
    },
  },
  404: {
    name: 'NotFound',
    description: 'There is no such thing, or it is not yours.',
    example: {
      type: 'not_found_error',
      message: 'There is no session sesn_01JD0000000000000000000000',
      details: { code: 'not_found' },
    },
  },
  409: {
    name: 'Conflict',
    description: 'The state does not allow it, or the same idempotency key came with another content.',
    example: {
      type: 'invalid_request_error',
      message: 'This request id was used with another content',
      details: { code: 'idempotency_conflict' },
    },
  },
  412: {
    name: 'VersionConflict',
    description: 'It is not the version that `if-match` names; `error.details.version` is the present one.',
    example: {
      type: 'invalid_request_error',
      message: 'src/app.ts was changed since you read it. Read it again',
      details: { version: '3f1c9a', code: 'version_conflict' },
    },
  },
  413: {
    name: 'TooLarge',
    description: 'The body, or the content of a message with its files (32 MB), is larger than allowed.',
    example: {
      type: 'request_too_large',
      message: 'Request body is too large',
      details: { code: 'too_large' },
    },
  },
  429: {
    name: 'TooManyRequests',
    description: 'Too many attempts; `retry-after` says how many seconds to wait.',
    example: {
      type: 'rate_limit_error',
      message: 'Too many sign-in attempts from this address. Wait a minute, then try again.',
      details: { code: 'rate_limited' },
    },
    retryAfter: true,
  },
  500: {
    name: 'ServerError',
    description: 'The request failed on the server. An operator finds the cause in the log by its request id.',
    example: {
      type: 'api_error',
      message: 'The request failed on the server. An operator finds the cause in the log by its request id',
      details: { code: 'internal' },
    },
  },
  529: {
    name: 'Overloaded',
    description: 'No capacity now; `retry-after` says how many seconds to wait.',
    example: {
      type: 'overloaded_error',
      message: 'All places are taken and the queue is full. Try again later',
      details: { code: 'overloaded' },
    },
    retryAfter: true,
  },
};

/** The failures that the document refers to, one component for each status. */
export const failureResponses: Record<string, Response> = Object.fromEntries(
  Object.values(FAILURES).map(({ name, description, example, retryAfter }) => [
    name,
    {
      description,
      headers: {
        'request-id': { description: 'The id of the request.', schema: { type: 'string' } },
        ...(retryAfter && { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer' } } }),
      },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          example: { type: 'error', error: example, request_id: 'req_01JD0000000000000000000000' },
        },
      },
    },
  ]),
);

const RESPONSES = '#/components/responses/';

/** How a route may fail, by status: what follows from what it takes, and what it names itself. */
export function findFailures({ method, url, schema }: RouteOptions, { any }: ActionRule): Record<string, Reference> {
  const { params, querystring, body, response = {} } = schema ?? {};
  const needsCredential = any !== 'public';
  const needsRole = any === 'operator' || any === 'admin';
  const statuses = new Set(Object.keys(response as object).map(Number));
  if (params !== undefined || querystring !== undefined || body !== undefined) statuses.add(400);
  if (needsCredential) statuses.add(401);
  if (needsRole || (needsCredential && method !== 'GET')) statuses.add(403);
  if (url.includes('/:')) statuses.add(404);
  if (body !== undefined) statuses.add(413);
  statuses.add(500);
  const failures = Object.entries(FAILURES).filter(([status]) => statuses.has(Number(status)));
  return Object.fromEntries(failures.map(([status, { name }]) => [status, { $ref: `${RESPONSES}${name}` }]));
}

/** Whether a reference leads to one of the failures. */
export function isFailure(reference: string | undefined): reference is string {
  return reference?.startsWith(RESPONSES) === true;
}

/** Declares statuses with which a route may fail, besides those that follow from what it takes. */
export function failsWith<const T extends number>(...statuses: T[]): Record<T, typeof errorEnvelope> {
  return Object.fromEntries(statuses.map((status) => [status, errorEnvelope])) as Record<T, typeof errorEnvelope>;
}
