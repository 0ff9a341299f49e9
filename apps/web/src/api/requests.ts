import { ApiError, toApiError, toSignOutReason, type SignOutReason } from './api-error.ts';
import { toHref } from './base-path.ts';

export interface RequestsOptions {
  /** Called whenever the server answers that the browser's cookie is not, or no longer, valid. */
  onRefused(this: void, reason: SignOutReason): void;
  fetcher: typeof fetch;
  /** Paths whose refusal says nothing of the cookie. */
  signingIn: readonly string[];
}

/** Requests that the browser's cookie signs in. Each rejects with an ApiError. */
export interface Requests {
  /** Resolves with the JSON of the answer. The signal ends the request. */
  json: <T>(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<T>;
  /** Ignores the content of the answer. */
  nothing: (method: string, path: string, body?: unknown) => Promise<void>;
  /** Gets JSON, until the signal aborts. */
  look: <T>(path: string, signal: AbortSignal) => Promise<T>;
  /** Takes note of a request that was made in another way and failed. */
  noteError: (error: unknown) => void;
}

export function createRequests({ onRefused, fetcher, signingIn }: RequestsOptions): Requests {
  // More than three: in the order in which they are left out.
  async function request(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const headers = { accept: 'application/json', ...more };
    const ending = signal && { signal };
    const init: RequestInit =
      body === undefined
        ? { method, credentials: 'same-origin', headers, ...ending }
        : {
            method,
            ...ending,
            credentials: 'same-origin',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          };
    return exchange(path, init);
  }
  async function exchange(path: string, init: RequestInit): Promise<Response> {
    const response = await fetcher(toHref(path), init).catch(() => {
      throw new ApiError(0, 'network_error', 'The server cannot be reached.');
    });
    if (response.ok) return response;
    const error = await toApiError(response);
    if (response.status === 401 && !signingIn.includes(path)) onRefused(toSignOutReason(error));
    throw error;
  }
  return {
    json: async <T>(...of: Parameters<typeof request>) => (await (await request(...of)).json()) as T,
    nothing: async (method, path, body) => {
      await request(method, path, body);
    },
    look: async <T>(path: string, signal: AbortSignal) =>
      (await (
        await exchange(path, { credentials: 'same-origin', headers: { accept: 'application/json' }, signal })
      ).json()) as T,
    noteError: (error) => {
      if (error instanceof ApiError && error.status === 401) onRefused(toSignOutReason(error));
    },
  };
}
