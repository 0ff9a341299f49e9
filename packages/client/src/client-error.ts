import type { ErrorBody, ErrorFrame, ErrorType } from '@claude-sdk-pattern/protocol';
import { ERROR_CODES } from '@claude-sdk-pattern/protocol/errors';

export interface ClientErrorOptions {
  details?: Record<string, unknown> | undefined;
  retryAfterMs?: number | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/** Errors of the client itself, which no server answered. */
export type ConnectionErrorType = 'connection_closed' | 'connection_failed';
export type ClientErrorType = ErrorType | ConnectionErrorType;

const RETRYABLE: ReadonlySet<string> = new Set<ClientErrorType>([
  ...Object.values(ERROR_CODES)
    .filter(({ retryable }) => retryable)
    .map(({ type }) => type),
  'connection_failed',
]);

/**
 * The error with which a request rejects: one that the server answered, `connection_closed` when the client was
 * closed before an answer came, or `connection_failed` when events could not be read over HTTP. A lost connection is
 * no error for a request over the live connection: it is sent again.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly type: ClientErrorType;
  readonly details: Record<string, unknown> | undefined;
  /** How long to wait before the same request can succeed, in milliseconds, where the server said so. */
  readonly retryAfterMs: number | undefined;
  /** The id of the request in the server's log, if it was made over HTTP. */
  readonly requestId: string | undefined;

  constructor(type: ClientErrorType, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.type = type;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
  }

  /** The precise code of the server's error table, such as `idempotency_conflict`, where it was sent. */
  get code(): string | undefined {
    const code = this.details?.['code'];
    return typeof code === 'string' ? code : undefined;
  }

  /** Whether the same request can succeed later without being changed. */
  get retryable(): boolean {
    return RETRYABLE.has(this.type);
  }
}

/** Reads an `error` frame, also one from a newer server whose error type is not known here. */
export function toClientError(frame: ErrorFrame): ClientError {
  const body: Partial<ErrorBody> = frame.error ?? {};
  return new ClientError(body.type ?? 'api_error', body.message ?? 'The server answered with an error.', {
    details: body.details,
    retryAfterMs: frame.retry_after_ms,
  });
}
