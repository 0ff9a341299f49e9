import type { ErrorEnvelope } from '@claude-sdk-pattern/protocol';

import { ClientError } from './client-error.ts';

/** The platform's own `fetch`, or one with the same meaning. */
export type Fetch = typeof globalThis.fetch;

const MS_PER_SECOND = 1000;

/**
 * Gets a JSON resource. Rejects with a ClientError: what the server answered, or `connection_failed` when it did not.
 */
export async function getJson<T>(fetch: Fetch, url: string, headers: Record<string, string>): Promise<T> {
  const response = await fetch(url, { headers: { accept: 'application/json', ...headers } }).catch((cause: unknown) => {
    throw new ClientError('connection_failed', 'The server cannot be reached; try again.', { cause });
  });
  if (!response.ok) throw await readError(response);
  return (await response.json()) as T;
}

/** Reads the error envelope of an answer, also of one that a proxy made without it. */
export async function readError(response: Response): Promise<ClientError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const envelope = (await response.json().catch(() => undefined)) as Partial<ErrorEnvelope> | undefined;
  return new ClientError(
    envelope?.error?.type ?? 'connection_failed',
    envelope?.error?.message ?? `The server answered with HTTP ${response.status}.`,
    {
      details: envelope?.error?.details,
      retryAfterMs: Number.isNaN(retryAfter) ? undefined : retryAfter * MS_PER_SECOND,
      requestId: envelope?.request_id ?? response.headers.get('request-id') ?? undefined,
    },
  );
}
