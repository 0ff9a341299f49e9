import type { ErrorEnvelope } from '@claude-sdk-pattern/protocol';

/**
 * A request that failed. The message comes from the server if the server sent one. `status` is 0 when the server was
 * not reached.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: string;
  readonly requestId: string | null;
  /** What the server says besides the message, such as the wrong field. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    type: string,
    message: string,
    { requestId = null, details = {} }: { requestId?: string | null; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.requestId = requestId;
    this.details = details;
  }
}

/** Why a browser is signed out: its cookie has ended, or its account was locked or removed. */
export type SignOutReason = 'signed-out' | 'account-locked' | 'account-removed';

/** Why the server refuses the cookie, from its answer 401. */
export function toSignOutReason({ details }: ApiError): SignOutReason {
  if (details['reason'] === 'account_locked') return 'account-locked';
  return details['reason'] === 'account_removed' ? 'account-removed' : 'signed-out';
}

/** Reads the error envelope of a response; falls back to the status line. */
export async function toApiError(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as Partial<ErrorEnvelope> | null;
  return new ApiError(
    response.status,
    body?.error?.type ?? 'api_error',
    body?.error?.message ?? `The server answered ${response.status}.`,
    {
      requestId: body?.request_id ?? response.headers.get('request-id'),
      ...(body?.error?.details && { details: body.error.details }),
    },
  );
}
