#!/usr/bin/env bash
# A `UserPromptSubmit` hook of Claude Code hears of more than what users submit: of the end of a background command as well, also in
# the middle of a turn, where nobody submits anything. Seen with CLI 2.1.332 (Agent SDK 0.3.332):
# - `source`, which the types have to tell a user from the machine, is not there, and the prompt alone (`<task-notification>…`) tells;
# - a hook that blocks it, such as a guard that lets only known words through, makes the report vanish: the agent is not told again, in
#   that turn or later, and the turn goes on as if nothing had been blocked;
# - so blocking is the only way by which a host can keep reports out of a running answer, and it has to say them again itself.
# Runs the SDK against a model of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

const wait = (file) => `until [ -e ${file} ]; do :; perl -e 'select undef, undef, undef, 0.05'; done`;
const CALLS = [
  { command: `${wait('go')}; exit 3`, description: 'Build', run_in_background: true },
  { command: `touch go; ${wait('ended')}`, description: 'Wait' },
];
const isReport = (text) => text.includes('<task-notification>');
/** Of each model request: whether the agent reads the report in it. */
let told = [];
const model = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  const input = CALLS[told.length];
  told.push(isReport(JSON.stringify(JSON.parse(body).messages)));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${told.length}`, type: 'message', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage };
  send('message_start', { message });
  const block = input ? { type: 'tool_use', id: `toolu_${told.length}`, name: 'Bash', input: {} } : { type: 'text', text: '' };
  const delta = input ? { type: 'input_json_delta', partial_json: JSON.stringify(input) } : { type: 'text_delta', text: 'Done.' };
  send('content_block_start', { index: 0, content_block: block });
  send('content_block_delta', { index: 0, delta });
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: input ? 'tool_use' : 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

/** A turn in which a command ends, and a second message. */
async function take(blocks) {
  told = [];
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const heard = [];
  const hooks = {
    PreToolUse: [{ hooks: [async () => ({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow' } })] }],
    UserPromptSubmit: [
      {
        hooks: [
          async ({ prompt, source }) => {
            heard.push(`${isReport(prompt) ? 'report' : 'message'}, source ${source}`);
            return blocks && isReport(prompt) ? { decision: 'block', reason: 'not of a user' } : {};
          },
        ],
      },
    ],
  };
  const options = { ...{ cwd: home, env, tools: ['Bash'], settingSources: [], permissionMode: 'default', model: 'claude-opus-5-5' }, hooks };
  let over;
  const first = new Promise((resolve) => (over = resolve));
  const say = (content) => ({ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: '' });
  const speak = async function* () {
    yield say('Build it');
    await first;
    yield say('Go on');
    await new Promise(() => {});
  };
  let results = 0;
  for await (const said of query({ prompt: speak(), options })) {
    if (said.type === 'system' && said.subtype === 'task_notification' && said.status === 'failed') writeFileSync(join(home, 'ended'), '');
    if (said.type !== 'result') continue;
    over();
    if (++results === 2) break;
  }
  return { heard, told };
}

for (const blocks of [false, true]) console.log(`${blocks ? 'blocked' : 'heard'}: ${JSON.stringify(await take(blocks))}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
heard: {"heard":["message, source undefined","report, source undefined","message, source undefined"],"told":[false,false,true,true]}
blocked: {"heard":["message, source undefined","report, source undefined","message, source undefined"],"told":[false,false,false,false]}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: the hook hears of reports without a source, and a blocked report is gone."
