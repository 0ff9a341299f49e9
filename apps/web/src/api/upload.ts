import { ApiError, toApiError } from './api-error.ts';
import { toHref } from './base-path.ts';

export interface UploadOptions {
  signal: AbortSignal;
  /** The part of the upload that this browser has sent, from 0 to 1. */
  onProgress: (part: number) => void;
  method?: 'POST' | 'PUT';
  headers?: Readonly<Record<string, string>>;
}

/**
 * Sends a form or a file and resolves with the JSON of the answer. It uses XMLHttpRequest because `fetch` reports no upload
 * progress.
 *
 * @throws ApiError
 */
export function upload<T>(
  path: string,
  body: FormData | Blob,
  { signal, onProgress, method = 'POST', headers = {} }: UploadOptions,
): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const request = new XMLHttpRequest();
  request.open(method, toHref(path));
  for (const [name, value] of Object.entries({ accept: 'application/json', ...headers }))
    request.setRequestHeader(name, value);
  request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => {
    if (lengthComputable && total > 0) onProgress(loaded / total);
  });
  const readAnswer = async (): Promise<T> => {
    const response = new Response(request.responseText, {
      status: request.status,
      headers: { 'request-id': request.getResponseHeader('request-id') ?? '' },
    });
    if (!response.ok) throw await toApiError(response);
    return response.json().catch(() => {
      throw new ApiError(request.status, 'api_error', 'The answer of the server cannot be read.');
    }) as Promise<T>;
  };
  request.addEventListener('load', () => resolve(readAnswer()));
  request.addEventListener('error', () => reject(new ApiError(0, 'network_error', 'The server cannot be reached.')));
  request.addEventListener('abort', () => reject(signal.reason as Error));
  signal.addEventListener('abort', () => request.abort(), { once: true });
  request.send(body);
  return promise;
}
