import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { REPLY_TEXT } from '../reply-text.ts';

/** A Messages API in this process that answers at once, and records when it was called and when it had answered. */
export interface MarkingUpstream extends AsyncDisposable {
  readonly url: string;
  /** `performance.now()` of the first call since `clear`, and of the end of its answer. */
  readonly marks: { askedAt: number | undefined; answeredAt: number | undefined };
  clear(): void;
}

export async function startMarkingUpstream(): Promise<MarkingUpstream> {
  const marks: MarkingUpstream['marks'] = { askedAt: undefined, answeredAt: undefined };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    marks.askedAt ??= performance.now();
    request.resume();
    request.once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(ANSWER);
      marks.answeredAt ??= performance.now();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    marks,
    clear() {
      marks.askedAt = undefined;
      marks.answeredAt = undefined;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const MESSAGE = {
  ...{ id: 'msg_bench', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [] },
  ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } },
};

const ANSWER = [
  { type: 'message_start', message: MESSAGE },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: REPLY_TEXT } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 20 } },
  { type: 'message_stop' },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');
