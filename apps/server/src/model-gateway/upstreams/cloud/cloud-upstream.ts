import { createHash } from 'node:crypto';

import type { BaseAnthropic } from '@anthropic-ai/sdk/client';
// Not of the index, which loads the whole SDK at each start.
import { APIError } from '@anthropic-ai/sdk/core/error';
import { Agent, fetch as undiciFetch } from 'undici';

import { makeRoom } from '../../../lib/make-room.ts';
import type { AnswerBody, UpstreamAnswer } from '../../receive-answer.ts';
import type { Upstream } from '../upstream.ts';
import { createCloudClient, UnusableKeyError } from './cloud-client.ts';
import { toCloudError, toMessagesChunk, type CloudError } from './cloud-errors.ts';
import { toCloudRequest } from './cloud-request.ts';
import type { CloudService } from './cloud-service.ts';

/** An answer that is not streamed may take as long as the model writes. */
const WHOLE_TIMEOUT_MS = 10 * 60 * 1000;
/** Of keys: each has a client, which keeps what the cloud gave for it. */
const MAX_CLIENTS = 500;

/**
 * Sends calls to Claude in a cloud by its official client, which signs them and turns the framing of its streams into that of the
 * Messages API (bedrock-sdk and vertex-sdk 1.1.3).
 * @param stallMs The longest silence before the head of a stream, and between two pieces of any answer.
 */
export function createCloudUpstream(service: CloudService, { stallMs }: { stallMs: number }): Upstream {
  const agent = new Agent({ bodyTimeout: stallMs, headersTimeout: WHOLE_TIMEOUT_MS, allowH2: false });
  const clients = new Map<string, Promise<BaseAnthropic>>();
  // undici's own types of the same standard differ from those of Node.
  const fetch = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher: agent })) as unknown as typeof globalThis.fetch;

  const getClient = (key: string | undefined) => {
    const id = key === undefined ? '' : createHash('sha256').update(key).digest('base64');
    const known = clients.get(id);
    if (known !== undefined) return known;
    const client = createCloudClient(service, { key, fetch });
    client.catch(() => clients.delete(id));
    makeRoom(clients, MAX_CLIENTS);
    clients.set(id, client);
    return client;
  };

  return {
    async send(call, { apiKey }) {
      const { endpoint } = call.request;
      const isCount = endpoint.path.endsWith('/count_tokens');
      if (endpoint.method === 'GET' || (isCount && service.kind === 'bedrock')) {
        return toAnswer(toCloudError(404, { message: `This upstream has no ${endpoint.method} ${endpoint.path}` }));
      }
      const { body, headers, isStream } = toCloudRequest(call, service);
      const cut = new AbortController();
      const abort = () => cut.abort();
      call.signal.addEventListener('abort', abort, { once: true });
      const done = () => call.signal.removeEventListener('abort', abort);
      try {
        call.signal.throwIfAborted();
        const client = await getClient(apiKey);
        const options = {
          body,
          headers,
          stream: isStream,
          signal: cut.signal,
          timeout: isStream ? stallMs : WHOLE_TIMEOUT_MS,
        };
        const response = await client.post(endpoint.path, options).asResponse();
        return toStream(response, { signal: call.signal, cut, done });
      } catch (error) {
        done();
        call.signal.throwIfAborted();
        if (error instanceof UnusableKeyError) return toAnswer(toCloudError(401, error));
        // The upstream is not at fault where a body is nested too deeply to be written again.
        if (error instanceof RangeError)
          return toAnswer(toCloudError(400, { message: 'The request is nested too deeply' }));
        if (!isStatusError(error)) throw error;
        return toAnswer(toCloudError(error.status, error));
      }
    },
    close: () => agent.destroy(),
  };
}

type StatusError = InstanceType<typeof APIError> & { status: number; headers: Headers | undefined };

/** One without a status had no answer. */
function isStatusError(error: unknown): error is StatusError {
  return error instanceof APIError && typeof error.status === 'number';
}

function toAnswer({ statusCode, headers, body }: CloudError): UpstreamAnswer {
  let isRead = false;
  const chunks: AnswerBody = {
    async next() {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      return { done: false, value: body };
    },
    [Symbol.asyncIterator]: () => chunks,
    cancel: () => undefined,
  };
  return { statusCode, headers, body: chunks };
}

interface StreamOptions {
  signal: AbortSignal;
  /** Ends the connection. */
  cut: AbortController;
  done(): void;
}

function toStream(response: Response, { signal, cut, done }: StreamOptions): UpstreamAnswer {
  const reader = response.body?.getReader();
  const body: AnswerBody = {
    async next() {
      try {
        const read = await reader?.read();
        if (read === undefined || read.done) {
          done();
          return { done: true, value: undefined };
        }
        return { done: false, value: toMessagesChunk(Buffer.from(read.value as Uint8Array)) };
      } catch (error) {
        done();
        signal.throwIfAborted();
        throw error;
      }
    },
    [Symbol.asyncIterator]: () => body,
    cancel() {
      done();
      cut.abort();
    },
  };
  const headers = Object.fromEntries(response.headers);
  delete headers['content-encoding'];
  delete headers['content-length'];
  return { statusCode: response.status, headers, body };
}
