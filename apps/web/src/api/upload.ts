import { ApiError, toApiError } from './api-error.ts';

export interface UploadOptions {
  signal: AbortSignal;
  /** How much of it has left this browser, from 0 to 1. */
  onProgress: (part: number) => void;
}

/** Posts a form and resolves with the JSON that answers it. `fetch` does not tell how far it has come. */
export function upload<T>(path: string, body: FormData, { signal, onProgress }: UploadOptions): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const request = new XMLHttpRequest();
  request.open('POST', path);
  request.setRequestHeader('accept', 'application/json');
  request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => {
    if (lengthComputable && total > 0) onProgress(loaded / total);
  });
  request.addEventListener('load', () => {
    const response = new Response(request.responseText, {
      status: request.status,
      headers: { 'request-id': request.getResponseHeader('request-id') ?? '' },
    });
    if (response.ok) resolve(JSON.parse(request.responseText) as T);
    else void toApiError(response).then(reject);
  });
  request.addEventListener('error', () => reject(new ApiError(0, 'network_error', 'The server cannot be reached.')));
  request.addEventListener('abort', () => reject(signal.reason as Error));
  signal.addEventListener('abort', () => request.abort());
  request.send(body);
  return promise;
}
