import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NO_CALL_USAGE, type CallUsage } from '../usage/call-usage.ts';
import { createUsageReader } from './usage-reader.ts';

const STREAM = 'text/event-stream; charset=utf-8';

function readStream(text: string, cuts: readonly number[]): CallUsage {
  const bytes = Buffer.from(text);
  const reader = createUsageReader(STREAM);
  let from = 0;
  for (const cut of [...new Set(cuts.map((each) => each % (bytes.length + 1)))].toSorted((a, b) => a - b)) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.push(bytes.subarray(from));
  return reader.end();
}

function toEvent(data: { type: string; [key: string]: unknown }, lineEnd: string): string {
  return `event: ${data.type}${lineEnd}data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`;
}

const count = fc.nat({ max: 1_000_000 });
const stream = fc.record({
  model: fc.string({ minLength: 1 }),
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  texts: fc.array(fc.string({ unit: 'grapheme' })),
  lineEnd: fc.constantFrom('\n', '\r\n'),
});

describe('the usage of a stream', () => {
  it('is read whatever the text is and wherever its bytes are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (story, cuts) => {
        const { model, input, output, cacheRead, cacheWrite, texts, lineEnd } = story;
        const start = {
          input_tokens: input,
          output_tokens: 1,
          cache_read_input_tokens: cacheRead,
          cache_creation_input_tokens: cacheWrite,
        };
        const text = [
          toEvent({ type: 'message_start', message: { model, usage: start } }, lineEnd),
          ...texts.map((each) => toEvent({ type: 'content_block_delta', delta: { text: each } }, lineEnd)),
          // A text that looks like what is sought.
          toEvent(
            { type: 'content_block_delta', delta: { text: '"message_delta","usage":{"output_tokens":7}' } },
            lineEnd,
          ),
          toEvent({ type: 'message_delta', usage: { output_tokens: output, input_tokens: null } }, lineEnd),
          toEvent({ type: 'message_stop' }, lineEnd),
        ].join('');
        expect(readStream(text, cuts)).toEqual({
          ...NO_CALL_USAGE,
          model,
          inputTokens: input,
          outputTokens: output,
          cacheReadTokens: cacheRead,
          cacheWriteTokens: cacheWrite,
        });
      }),
    );
  });

  it('tells what was charged by another price', () => {
    const usage = {
      ...{
        cache_creation_input_tokens: 9,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 7 },
      },
      ...{ server_tool_use: { web_search_requests: 2 }, speed: 'fast', inference_geo: 'us', service_tier: 'standard' },
    };
    const text = toEvent({ type: 'message_start', message: { model: 'm', usage } }, '\n');
    expect(readStream(text, [])).toMatchObject({
      ...{ cacheWriteTokens: 9, cacheWrite1hTokens: 7, webSearches: 2, speed: 'fast', inferenceGeo: 'us' },
    });
  });

  it('is complete with its last event, and not with a text that looks like it', () => {
    const reader = createUsageReader(STREAM);
    reader.push(
      Buffer.from(toEvent({ type: 'content_block_delta', delta: { text: '{"type":"message_stop"}' } }, '\n')),
    );
    reader.push(
      Buffer.from('data: {"x":"message_stop","type":"ping"}\n\nevent: message_stop\ndata: {"type":"message_'),
    );
    expect(reader.isComplete).toBe(false);
    reader.push(Buffer.from('stop"}\n'));
    expect(reader.isComplete).toBe(true);
  });

  it('is read from a last line without an end', () => {
    const text = 'data: {"type":"message_delta","usage":{"output_tokens":4}}';
    expect(readStream(text, []).outputTokens).toBe(4);
  });

  it('is zero for bytes that are no stream at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const reader = createUsageReader(STREAM);
        reader.push(Buffer.from(bytes));
        expect(reader.isComplete).toBe(false);
        expect(reader.end()).toEqual(NO_CALL_USAGE);
      }),
    );
  });

  it('is read after a line that is too long to keep', () => {
    const long = `data: {"type":"content_block_delta","delta":{"text":"${'x'.repeat(1024 * 1024)}"}}\n\n`;
    const text = `${long}data: {"type":"message_delta","usage":{"output_tokens":4}}\n\n`;
    expect(readStream(text, [10, 300_000]).outputTokens).toBe(4);
  });
});

describe('the usage of a whole answer', () => {
  const body = JSON.stringify({
    type: 'message',
    model: 'm',
    content: [{ type: 'text', text: 'Grüße' }],
    usage: { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: null },
  });

  it('is read wherever its bytes are cut', () => {
    const bytes = Buffer.from(body);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = createUsageReader('application/json');
      reader.push(bytes.subarray(0, cut));
      reader.push(bytes.subarray(cut));
      expect(reader.end()).toMatchObject({ model: 'm', inputTokens: 3, outputTokens: 4, cacheReadTokens: 0 });
    }
  });

  it('is read from an answer as long as a model can make it', () => {
    const reader = createUsageReader('application/json');
    reader.push(Buffer.from(body.replace('Grüße', 'x'.repeat(2 * 1024 * 1024))));
    expect(reader.end()).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });

  it('is zero for an error', () => {
    const reader = createUsageReader('application/json');
    reader.push(Buffer.from('{"type":"error","error":{"type":"overloaded_error"}}'));
    expect(reader.end()).toMatchObject({ model: undefined, inputTokens: 0, outputTokens: 0 });
  });
});
