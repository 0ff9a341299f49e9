import type { IncomingHttpHeaders } from 'node:http';
import type { Conversation } from './conversation.ts';
import type { MessageRequest } from './message-request.ts';
import type { UsageFields } from './reply.ts';
import type { MessageKind } from './side-request.ts';

/** A request, and how it ended. */
export interface RecordedRequest {
  id: string;
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  /** The purpose of the request; `other` is everything but `POST /v1/messages`. */
  kind: MessageKind | 'count_tokens' | 'other';
  body?: MessageRequest;
  conversation?: Conversation;
  /** The name of the scenario that answers. */
  scenario?: string;
  /** The HTTP status, once the head is sent. */
  status?: number;
  /** `aborted` when the client disconnected, or the script broke the stream, before the end. */
  /** What the answer has said so far that it used: what a provider would charge, also for an answer that was cut. */
  billed?: UsageFields;
  outcome: 'running' | 'finished' | 'aborted';
}

export interface RequestLog {
  readonly requests: readonly RecordedRequest[];
  add(request: RecordedRequest): void;
  /** Resolves with the first request, past or future, that the predicate accepts. */
  waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest>;
  /** Tells waiters that a request has changed. */
  check(): void;
  close(): void;
}

/** A log of at most `limit` requests: the oldest are dropped. */
export function createRequestLog(limit: number): RequestLog {
  const requests: RecordedRequest[] = [];
  const waiters = new Set<{ check(): void; reject(error: Error): void }>();
  const check = () => waiters.forEach((waiter) => waiter.check());
  return {
    requests,
    check,
    add(request) {
      requests.push(request);
      check();
      if (requests.length > limit) requests.shift();
    },
    waitFor(predicate, timeoutMs) {
      return new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
        };
        const waiter = {
          check() {
            const found = requests.find(predicate);
            if (found === undefined) return;
            settle();
            resolve(found);
          },
          reject(error: Error) {
            settle();
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          const seen = requests.map((request) => `${request.method} ${request.path} (${request.kind})`).join(', ');
          waiter.reject(new Error(`No matching request within ${timeoutMs} ms. Seen: ${seen || 'none'}`));
        }, timeoutMs);
        waiters.add(waiter);
        waiter.check();
      });
    },
    close() {
      waiters.forEach((waiter) => waiter.reject(new Error('The scripted model was closed')));
    },
  };
}
