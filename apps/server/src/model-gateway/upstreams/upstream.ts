import { CspError } from '@claude-sdk-pattern/protocol';
import { errors, Pool } from 'undici';

import type { TraceHeaders } from '../../telemetry/trace-headers.ts';
import { toUpstreamHeaders } from '../headers.ts';
import type { ModelCall } from '../model-call.ts';
import { receiveAnswer, type UpstreamAnswer } from '../receive-answer.ts';

export interface Upstream {
  /**
   * Resolves with the head of the answer. Without a key none is sent. Rejects when none comes, and with the reason of the signal.
   * @throws CspError `invalid_request` when the headers cannot be sent.
   */
  send(
    call: Pick<ModelCall, 'request' | 'body' | 'signal'>,
    options: { apiKey: string | undefined; trace?: TraceHeaders },
  ): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

/** An answer that is not streamed may take as long as the model writes. */
const HEADERS_TIMEOUT_MS = 10 * 60 * 1000;
/** In a request for a stream, as Claude Code (2.1.332) writes it. In texts the quotes have a backslash before them. */
const STREAMED = '"stream":true';
/** Shorter when the upstream says so. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Sends calls with the real key, over connections that it keeps open. undici frames them: the length of a body is its
 * number of bytes; a connection carries one request at a time, and is closed after a request that did not end
 * normally.
 * @param stallMs The longest silence before the head of a stream, and between two pieces of any answer.
 */
export function createUpstream(baseUrl: string, { stallMs }: { stallMs: number }): Upstream {
  const { origin, pathname } = new URL(baseUrl);
  const basePath = pathname.replace(/\/$/, '');
  const pool = new Pool(origin, {
    pipelining: 1,
    // Over HTTP/2 calls of several sessions would share a connection.
    allowH2: false,
    bodyTimeout: stallMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  return {
    async send({ request: { endpoint, query, headers }, body, signal }, { apiKey, trace }) {
      const path = basePath + endpoint.path + query;
      try {
        const { handler, answer } = receiveAnswer(signal);
        pool.dispatch(
          {
            ...{
              method: endpoint.method,
              path,
              headers: toUpstreamHeaders(headers, { apiKey, trace }),
              body: body ?? null,
            },
            headersTimeout: body?.includes(STREAMED) === true ? stallMs : HEADERS_TIMEOUT_MS,
          },
          handler,
        );
        return await answer;
      } catch (error) {
        if (error instanceof errors.InvalidArgumentError) {
          throw new CspError('invalid_request', `The model gateway cannot forward this call: ${error.message}`, {
            cause: error,
          });
        }
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}
