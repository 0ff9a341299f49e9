import type { SDKAssistantMessageError } from '@anthropic-ai/claude-agent-sdk';
import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { stamp, type TranslationContext } from './translation.ts';

type ErrorType = Extract<SessionEvent, { type: 'session.error' }>['error']['type'];
type PlainErrorType =
  | 'unknown_error'
  | 'model_overloaded_error'
  | 'model_rate_limited_error'
  | 'model_request_failed_error'
  | 'billing_error';

/** The error that a person sees, in the words of the Managed Agents API. */
const TYPES: Readonly<Record<SDKAssistantMessageError, PlainErrorType & ErrorType>> = {
  authentication_failed: 'model_request_failed_error',
  oauth_org_not_allowed: 'model_request_failed_error',
  account_on_hold: 'billing_error',
  verification_required: 'model_request_failed_error',
  billing_error: 'billing_error',
  rate_limit: 'model_rate_limited_error',
  overloaded: 'model_overloaded_error',
  invalid_request: 'model_request_failed_error',
  model_not_found: 'model_request_failed_error',
  server_error: 'model_request_failed_error',
  unknown: 'unknown_error',
  max_output_tokens: 'model_request_failed_error',
  cloud_credential_error: 'model_request_failed_error',
};

/** Whether a status says that the key is refused. A retry does not help then. */
export function isKeyRefused(status: number | null): status is 401 | 403 {
  return status === 401 || status === 403;
}

export function toKeyRefusal(status: 401 | 403): string {
  return `The model refuses the platform's API key (status ${status}). Ask an operator to set a valid one, then send a message to continue`;
}

export function toErrorEvent(
  error: SDKAssistantMessageError,
  options: {
    message: string;
    retryStatus: 'retrying' | 'exhausted' | 'terminal';
    /** HTTP status of the upstream's answer; null without an answer. */
    statusCode: number | null;
    context: TranslationContext;
  },
): Extract<SessionEvent, { type: 'session.error' }> {
  return {
    ...stamp(options.context),
    type: 'session.error',
    error: {
      // `error` may have the name of an inherited property.
      type: Object.hasOwn(TYPES, error) ? TYPES[error] : 'unknown_error',
      message: options.message === '' ? 'The model request failed' : options.message,
      retry_status: { type: options.retryStatus },
      ...(options.statusCode !== null && { status_code: options.statusCode }),
    },
  };
}
