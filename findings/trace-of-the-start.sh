#!/usr/bin/env bash
# The SDK puts the span that is active where `query` is called into `TRACEPARENT` of the process. That is not the trace of a turn, but
# of all turns of the process. Seen with CLI 2.1.332 (Agent SDK 0.3.332), @opentelemetry/api 1.9.1, streaming input, and
# `CLAUDE_CODE_PROPAGATE_TRACEPARENT=1`, which has model requests name the trace in the header `traceparent`:
# - started inside a span, the process gives each of its turns to that span's trace, however late, though each message was
#   yielded inside a span of its own; started outside, with an exporter, each turn begins a trace of its own;
# - without `CLAUDE_CODE_ENHANCED_TELEMETRY_BETA=1` no request names a trace, though `TRACEPARENT` is given and telemetry is on; with
#   it requests name the given trace without any telemetry, and none where none was given.
# Runs the SDK against a model of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4 \
  @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-node@2.12.1

cat > probe.mjs <<'END_PROBE'
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';
import { trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

new NodeTracerProvider().register();
const tracer = trace.getTracer('probe');

let headers;
const model = createServer(async (request, response) => {
  for await (const _chunk of request);
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  headers.push(request.headers.traceparent);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage } });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello.' } });
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

/** Two turns in one process, each said inside a span of its own; returns whose trace the model request of each turn names. */
async function talk(isStartedInSpan, more) {
  headers = [];
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...more,
  };
  const options = { cwd: home, env, tools: [], settingSources: [], permissionMode: 'default' };
  const names = new Map([[undefined, 'none']]);
  const inSpan = (name, work) =>
    tracer.startActiveSpan(name, { root: true }, (span) => {
      names.set(span.spanContext().traceId, name);
      const value = work();
      span.end();
      return value;
    });

  // An iterator by hand: each of its messages is made, and resolved, inside of its span.
  const turns = ['turn 1', 'turn 2'];
  let release;
  const ended = [Promise.resolve(), new Promise((resolve) => (release = resolve))];
  let over;
  const all = new Promise((resolve) => (over = resolve));
  const message = { type: 'user', message: { role: 'user', content: 'Hello' }, parent_tool_use_id: null, session_id: '' };
  const next = async () => {
    const turn = turns.shift();
    if (turn === undefined) return all.then(() => ({ done: true }));
    await ended.shift();
    return inSpan(turn, () => ({ done: false, value: message }));
  };
  const start = () => query({ prompt: { [Symbol.asyncIterator]: () => ({ next }) }, options });
  let results = 0;
  for await (const said of isStartedInSpan ? inSpan('start', start) : start()) {
    if (said.type === 'result' && ++results === 1) release();
    else if (said.type === 'result') over();
  }
  const seen = headers.map((header) => header?.split('-')[1]);
  const isNew = new Set(seen).size === seen.length;
  return seen.map((id) => names.get(id) ?? (isNew ? 'a new one' : 'the same one')).join(', ');
}

const PROPAGATE = { CLAUDE_CODE_PROPAGATE_TRACEPARENT: '1' };
const BETA = { CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1' };
const TELEMETRY = {
  ...{ CLAUDE_CODE_ENABLE_TELEMETRY: '1', OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${model.address().port}`,
};
const results = {
  'started inside a span': await talk(true, { ...PROPAGATE, ...BETA, ...TELEMETRY }),
  'started outside': await talk(false, { ...PROPAGATE, ...BETA, ...TELEMETRY }),
  'inside, without the beta': await talk(true, { ...PROPAGATE, ...TELEMETRY }),
  'inside, without telemetry': await talk(true, { ...PROPAGATE, ...BETA }),
  'outside, without telemetry': await talk(false, { ...PROPAGATE, ...BETA }),
};
model.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${seen}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
started inside a span: start, start
started outside: a new one, a new one
inside, without the beta: none, none
inside, without telemetry: start, start
outside, without telemetry: none, none
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: turns are in the trace of the place where their process was started."
