#!/usr/bin/env bash
# Of an answer that is interrupted, Claude Code's result has two accounts that have nothing in common, and neither is what the API
# stated. Seen with CLI 2.1.332 (Agent SDK 0.3.332), for a text of 1000 tokens whose start stated 1000 tokens of input and 1 of output:
# - `usage` says 0 and 0, though the API has stated the input;
# - `modelUsage` and `total_cost_usd` count 1667 tokens of output, a third of the number of its characters, so that the interrupted
#   answer costs more than half as much again as the same text does when it ends;
# - all of that is the same where the text was whole, and only the end of the answer was missing.
# Sums of `usage` leave such calls out; budgets by `total_cost_usd` take them for dearer than they were.
# Runs the SDK against a model of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

/** How far the model's answer goes: into its text, to the end of its text, or to its own end. */
let reach;
const text = 'word '.repeat(1000);
const model = createServer(async (request, response) => {
  for await (const _chunk of request);
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1000, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage };
  send('message_start', { message });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  if (reach === 'text') return;
  send('content_block_stop', { index: 0 });
  if (reach === 'end of text') return;
  send('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1000 } });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

/** What the result says of an answer that goes so far; it is interrupted when its last event has come. */
async function take(far) {
  reach = far;
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const options = {
    ...{ cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', model: 'claude-opus-5-5' },
    includePartialMessages: true,
  };
  let over;
  const all = new Promise((resolve) => (over = resolve));
  const speak = async function* () {
    yield { type: 'user', message: { role: 'user', content: 'Hello' }, parent_tool_use_id: null, session_id: '' };
    await all;
  };
  const last = { 'text': 'content_block_delta', 'end of text': 'content_block_stop' }[far];
  const running = query({ prompt: speak(), options });
  let result;
  try {
    for await (const said of running) {
      if (said.type === 'stream_event' && said.event.type === last) running.interrupt().catch(() => {});
      if (said.type === 'result') {
        result = said;
        over();
      }
    }
  } catch {
    // Of a turn that was interrupted the SDK throws, too.
  }
  const { inputTokens, outputTokens } = result.modelUsage['claude-opus-5-5'];
  const { input_tokens, output_tokens } = result.usage;
  return { usage: [input_tokens, output_tokens], modelUsage: [inputTokens, outputTokens], cost: result.total_cost_usd.toFixed(5) };
}

const results = {
  'ended': await take('end'),
  'interrupted in its text': await take('text'),
  'interrupted behind its text': await take('end of text'),
};
model.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(seen)}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
ended: {"usage":[1000,1000],"modelUsage":[1000,1000],"cost":"0.02400"}
interrupted in its text: {"usage":[0,0],"modelUsage":[1000,1667],"cost":"0.03734"}
interrupted behind its text: {"usage":[0,0],"modelUsage":[1000,1667],"cost":"0.03734"}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: an interrupted answer has no usage, and an estimated cost."
