import { ClientError } from '@claude-sdk-pattern/client';
import type { GivenAnswer } from '@claude-sdk-pattern/protocol';

import { ApiError } from '../api/api-error.ts';

/** A failure in the form in which people see it. */
export interface Problem {
  message: string;
  requestId: string | null;
  /** `gone`: the thing does not exist for this user, or no longer. `offline`: the server was not reached. */
  kind: 'gone' | 'offline' | 'denied' | 'other';
}

/** How an approval ended that was answered before; null for another error. */
export function findGivenAnswer(error: unknown): GivenAnswer | null {
  const details = error instanceof ClientError || error instanceof ApiError ? error.details : undefined;
  if (details?.['code'] !== 'already_answered') return null;
  return (details['answer'] as GivenAnswer | undefined) ?? null;
}

/** Converts any thrown value. */
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
