import { ClientError } from '@claude-sdk-pattern/client';

import { ApiError } from '../api/api-error.ts';

/** A failure as people are shown it. */
export interface Problem {
  message: string;
  requestId: string | null;
  /** `gone` where the thing does not exist (any more) for this user; `offline` where the server was not reached. */
  kind: 'gone' | 'offline' | 'denied' | 'other';
}

/** Converts whatever was thrown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError)
    return { message: error.message, requestId: error.requestId, kind: toKind(error.type) };
  if (error instanceof ClientError)
    return { message: error.message, requestId: error.requestId ?? null, kind: toKind(error.type) };
  return { message: error instanceof Error ? error.message : String(error), requestId: null, kind: 'other' };
}

function toKind(type: string): Problem['kind'] {
  switch (type) {
    case 'not_found_error':
      return 'gone';
    case 'network_error':
    case 'connection_closed':
    case 'connection_failed':
      return 'offline';
    case 'permission_error':
    case 'authentication_error':
      return 'denied';
    default:
      return 'other';
  }
}
