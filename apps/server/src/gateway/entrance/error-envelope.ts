import { CspError, ERROR_CODES, type ErrorCode, type ErrorEnvelope } from '@claude-sdk-pattern/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { describeStorageProblem, findStorageProblem } from '../../data-dir/storage-problem.ts';
import { isStoreError } from '../../store/store-error.ts';
import type { Logger } from '../../telemetry/logger.ts';

const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

/** Replacements for messages of Fastify that do not say what to do, or say too much. */
const CLEARER_MESSAGES: Partial<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send the body as JSON, with the header content-type: application/json',
  // Fastify's message would repeat the whole id.
  FST_ERR_MAX_PARAM_LENGTH: 'An id in the address is longer than any id is',
};

/** Converts any thrown value to the one error class. An unexpected error becomes `internal`, without its details. */
export function toCspError(error: unknown): CspError {
  if (error instanceof CspError) return error;
  const problem = findStorageProblem(error);
  if (problem !== undefined) {
    return new CspError('storage_unavailable', describeStorageProblem(problem), {
      cause: error,
      details: { reason: problem },
      retryAfterMs: 10_000,
    });
  }
  if (isStoreError(error)) {
    if (error.code === 'not_found') return new CspError('not_found', error.message, { cause: error });
    if (error.code === 'invalid_cursor')
      return new CspError('invalid_request', error.message, { cause: error, details: { field: 'page' } });
    if (error.code === 'invalid_value') return new CspError('invalid_request', error.message, { cause: error });
    if (error.code === 'conflict') return new CspError('state_conflict', error.message, { cause: error });
    if (error.code === 'stale_fence') {
      return new CspError('overloaded', 'The session has moved to another server. Try again', {
        cause: error,
        retryAfterMs: 1000,
      });
    }
    return new CspError('storage_unavailable', 'The database failed to answer. Try again, or ask an operator', {
      cause: error,
      retryAfterMs: 2000,
    });
  }
  return (
    fromHttpStatus(error) ??
    new CspError(
      'internal',
      'The request failed on the server. An operator finds the cause in the log by its request id',
      { cause: error },
    )
  );
}

/** Fastify's own errors carry a status: a body that is too large, not JSON, of another type. */
function fromHttpStatus(error: unknown): CspError | undefined {
  const known = (typeof error === 'object' && error !== null ? error : {}) as Partial<FastifyError>;
  const { statusCode, code: errorCode = '', message = '' } = known;
  if (statusCode === undefined || statusCode >= 500 || message === '') return undefined;
  const exact = Object.entries(ERROR_CODES).find(
    ([code, { status }]) => status === statusCode && code !== 'unsupported_field',
  );
  const code = (exact?.[0] as ErrorCode | undefined) ?? 'invalid_request';
  return new CspError(code, CLEARER_MESSAGES[errorCode] ?? message, { cause: error });
}

/** Fastify's message does not name the limit. */
function toBodyTooLarge(error: unknown, { routeOptions }: FastifyRequest): CspError | undefined {
  if ((error as Partial<FastifyError> | null)?.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return undefined;
  const limit = routeOptions.bodyLimit;
  if (limit === undefined) return undefined;
  const megabytes = Math.round((limit / 1024 / 1024) * 100) / 100;
  const message = `The body of this request may have ${megabytes} MB at most. Send less, or upload it as a file`;
  return new CspError('too_large', message, { cause: error, details: { limit_bytes: limit } });
}

/** Answers with the error envelope, and logs defects of the server. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const first = toBodyTooLarge(error, request) ?? toCspError(error);
  const known = isUnsure(first, request) ? sayUnsure(first, request) : first;
  logIfOurs(known, request.log as Logger);
  const body: ErrorEnvelope = { type: 'error', error: known.toBody(), request_id: request.id };
  // The official SDK would repeat every 409, also one that can never succeed, and what may have been stored.
  const mayRepeat = ERROR_CODES[known.code].retryable && (known === first || hasRequestId(request));
  void reply.header('x-should-retry', String(mayRepeat));
  // Fastify would close the connection of a client that is still sending, which then never reads the reason. Instead
  // the rest of a bounded body is read and dropped.
  if (known.code === 'too_large' && Number(request.headers['content-length']) <= MAX_DROPPED_BYTES)
    reply.removeHeader('connection');
  if (known.retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(known.retryAfterMs / 1000));
  void reply.status(known.status).type('application/json').send(body);
}

/** Whether the database may have stored what it did not confirm: its connection can break at the commit. */
function isUnsure({ code, cause }: CspError, { method }: FastifyRequest): boolean {
  const isLost = isStoreError(cause, 'unavailable') || isStoreError(cause, 'failed');
  return code === 'storage_unavailable' && isLost && method !== 'GET' && method !== 'HEAD';
}

function sayUnsure(error: CspError, request: FastifyRequest): CspError {
  const advice = hasRequestId(request)
    ? 'Send it again with the same idempotency-key: nothing happens twice'
    : 'Look before you send it again';
  const message = `The database failed to answer, so it is not known whether this was stored. ${advice}`;
  const { retryAfterMs } = error;
  return new CspError('storage_unavailable', message, {
    cause: error.cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function hasRequestId({ headers }: FastifyRequest): boolean {
  return (headers['idempotency-key'] ?? '') !== '';
}

export function logIfOurs(error: CspError, logger: Logger): void {
  if (error.status === 500) logger.error({ err: error, cause: error.cause }, error.message);
  else logger.debug({ code: error.code }, error.message);
}
