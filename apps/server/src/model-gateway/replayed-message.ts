import type { ServerResponse } from 'node:http';

import { z } from 'zod';

/** A block of a model's message, with the fields that a request to the API may repeat. */
export const replayedBlock = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) }),
]);
export type ReplayedBlock = z.infer<typeof replayedBlock>;

/** A message that the model said to an earlier process of the session. */
export interface ReplayedMessage {
  /** Of this replay: the message of the first time had another. */
  id: string;
  content: readonly ReplayedBlock[];
}

const streamedRequest = z.object({
  model: z.string(),
  stream: z.literal(true),
  tools: z.array(z.looseObject({ name: z.string() })),
});

/** Whether the message can be the answer to a request: the request streams, and offers the tools that the message calls. */
export function fitsReplay(body: Buffer, { content }: ReplayedMessage): boolean {
  const request = readRequest(body);
  const offered = new Set(request?.tools.map(({ name }) => name));
  return content.every((block) => block.type !== 'tool_use' || offered.has(block.name)) && request !== undefined;
}

/** Answers a request with the message, in the events of the Messages API (2023-06-01). It costs no tokens. */
export function answerWithReplay(response: ServerResponse, body: Buffer, { id, content }: ReplayedMessage): void {
  const model = readRequest(body)?.model ?? '';
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const common = { type: 'message', role: 'assistant', content: [], stop_reason: null, stop_sequence: null };
  send('message_start', { message: { id, model, ...common, usage: NO_USAGE } });
  for (const [index, block] of content.entries()) {
    const { start, deltas } = toStream(block);
    send('content_block_start', { index, content_block: start });
    for (const delta of deltas) send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: NO_USAGE });
  send('message_stop', {});
  response.end();
}

const NO_USAGE = { input_tokens: 0, output_tokens: 0 };

function readRequest(body: Buffer): z.infer<typeof streamedRequest> | undefined {
  try {
    return streamedRequest.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}

function toStream(block: ReplayedBlock): { start: object; deltas: readonly object[] } {
  switch (block.type) {
    case 'text':
      return { start: { ...block, text: '' }, deltas: [{ type: 'text_delta', text: block.text }] };
    case 'thinking':
      return {
        start: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking: block.thinking },
          { type: 'signature_delta', signature: block.signature },
        ],
      };
    case 'redacted_thinking':
      return { start: block, deltas: [] };
    case 'tool_use': {
      const partial_json = JSON.stringify(block.input);
      return { start: { ...block, input: {} }, deltas: [{ type: 'input_json_delta', partial_json }] };
    }
  }
}
