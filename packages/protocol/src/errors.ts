/**
 * The one table of error codes. `type` and `status` are sent to clients; `code` says precisely what happened;
 * `retryable` says whether the same request can succeed later without being changed.
 */
export const ERROR_CODES = {
  invalid_request: { type: 'invalid_request_error', status: 400, retryable: false },
  unsupported_field: { type: 'invalid_request_error', status: 400, retryable: false },
  budget_reached: { type: 'invalid_request_error', status: 400, retryable: false },
  quota_exceeded: { type: 'invalid_request_error', status: 400, retryable: false },
  credential_in_url: { type: 'invalid_request_error', status: 400, retryable: false },
  idempotency_conflict: { type: 'invalid_request_error', status: 409, retryable: false },
  state_conflict: { type: 'invalid_request_error', status: 409, retryable: false },
  already_answered: { type: 'invalid_request_error', status: 409, retryable: false },
  version_conflict: { type: 'invalid_request_error', status: 412, retryable: false },
  authentication_required: { type: 'authentication_error', status: 401, retryable: false },
  permission_denied: { type: 'permission_error', status: 403, retryable: false },
  work_stopped: { type: 'permission_error', status: 403, retryable: false },
  origin_not_allowed: { type: 'permission_error', status: 403, retryable: false },
  not_found: { type: 'not_found_error', status: 404, retryable: false },
  too_large: { type: 'request_too_large', status: 413, retryable: false },
  rate_limited: { type: 'rate_limit_error', status: 429, retryable: true },
  internal: { type: 'api_error', status: 500, retryable: true },
  storage_unavailable: { type: 'api_error', status: 500, retryable: true },
  provider_unavailable: { type: 'overloaded_error', status: 529, retryable: true },
  process_failed: { type: 'api_error', status: 500, retryable: true },
  overloaded: { type: 'overloaded_error', status: 529, retryable: true },
  draining: { type: 'overloaded_error', status: 529, retryable: true },
  stopping: { type: 'overloaded_error', status: 529, retryable: true },
} as const satisfies Record<string, { type: string; status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;
export type ErrorType = (typeof ERROR_CODES)[ErrorCode]['type'];

/** The value of `error` in an HTTP envelope and in an `error` frame. */
export interface ErrorBody {
  type: ErrorType;
  message: string;
  details?: Record<string, unknown>;
}

/** The HTTP error envelope; `request_id` is also in the header `request-id`. */
export interface ErrorEnvelope {
  type: 'error';
  error: ErrorBody;
  request_id: string;
}

export interface CspErrorOptions {
  details?: Record<string, unknown>;
  cause?: unknown;
  /** How long to wait before the same request can succeed, in milliseconds. */
  retryAfterMs?: number;
}

/** The one error class. `message` says what happened, to which id, and what to do next. */
export class CspError extends Error {
  override readonly name = 'CspError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: CspErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get type(): ErrorType {
    return ERROR_CODES[this.code].type;
  }

  /** The body that clients see: never the cause or the stack. */
  toBody(): ErrorBody {
    return {
      type: this.type,
      message: this.message,
      details: { ...this.details, code: this.code },
    };
  }
}
