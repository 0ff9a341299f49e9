#!/usr/bin/env bash
# Claude Code says `subtype: "success"` of turns that have not succeeded, and does not treat two failures alike that look the
# same from outside. The documents do not say so; seen with CLI 2.1.332 (Agent SDK 0.3.332):
# - an answer that the model paused (`pause_turn`) ends the turn: success, `is_error: false`; the model is not asked to go on;
# - an answer without the structure that `outputFormat` asks for is reminded of once, then: success, no `structured_output`;
# - a refusal with a category is asked again, then asked of another model than the one that was chosen;
# - an error event in the middle of a text ends the turn at once; a connection that breaks at the same place is asked again.
# Runs the SDK against a model of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { createServer } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

/** What the model does with each request: its stop reason, and what happens in the middle of the text. */
let act;
let asked = [];
const model = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  asked.push(JSON.parse(text).model);
  const { stop_reason = 'end_turn', stop_details = null, middle } = act(asked.length);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${asked.length}`, type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage };
  send('message_start', { message });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'One half' } });
  if (middle === 'error') {
    send('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    return response.end();
  }
  if (middle === 'break') return setTimeout(() => response.destroy(), 200);
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason, stop_details }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

async function take(behave, options = {}) {
  act = behave;
  asked = [];
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLAUDE_CONFIG_DIR: home,
    ANTHROPIC_API_KEY: 'none',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
  };
  const all = { cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', model: 'claude-opus-5-5', ...options };
  let result;
  try {
    for await (const message of query({ prompt: 'Hello', options: all })) if (message.type === 'result') result = message;
  } catch {
    // Of a turn that ended with an error the SDK throws, too.
  }
  const { subtype, is_error, stop_reason, structured_output = null } = result;
  return { requests: asked.length, otherModel: new Set(asked).size > 1, subtype, is_error, stop_reason, structured_output };
}

const schema = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
const refusal = { type: 'refusal', category: 'cyber', explanation: 'It would break in.' };
const results = {
  'paused': await take(() => ({ stop_reason: 'pause_turn' })),
  'without its structure': await take(() => ({}), { outputFormat: { type: 'json_schema', schema } }),
  'refused': await take(() => ({ stop_reason: 'refusal', stop_details: refusal })),
  'an error event in the text': await take((count) => ({ middle: count === 1 ? 'error' : undefined })),
  'a break in the text': await take((count) => ({ middle: count === 1 ? 'break' : undefined })),
};
model.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(seen)}`);
END_PROBE

cat > expected.txt <<'END_EXPECTED'
paused: {"requests":1,"otherModel":false,"subtype":"success","is_error":false,"stop_reason":"pause_turn","structured_output":null}
without its structure: {"requests":2,"otherModel":false,"subtype":"success","is_error":false,"stop_reason":"end_turn","structured_output":null}
refused: {"requests":3,"otherModel":true,"subtype":"success","is_error":true,"stop_reason":"refusal","structured_output":null}
an error event in the text: {"requests":1,"otherModel":false,"subtype":"success","is_error":true,"stop_reason":"stop_sequence","structured_output":null}
a break in the text: {"requests":2,"otherModel":false,"subtype":"success","is_error":false,"stop_reason":"end_turn","structured_output":null}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: a success that is none, and two failures that are not treated alike."
