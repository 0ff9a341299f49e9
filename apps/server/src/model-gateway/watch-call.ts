import type { ServerResponse } from 'node:http';

import type { Grant } from './session-tokens.ts';

export interface WatchedCall extends Disposable {
  /** Aborted when the client has disconnected, or its token has ended. */
  readonly signal: AbortSignal;
}

/** Watches the client's connection and its token until it is disposed. */
export function watchCall(response: ServerResponse, { revoked }: Pick<Grant, 'revoked'>): WatchedCall {
  const controller = new AbortController();
  const abort = () => controller.abort();
  response.once('close', abort);
  revoked.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      response.off('close', abort);
      revoked.removeEventListener('abort', abort);
    },
  };
}
