#!/usr/bin/env bash
# `CLAUDE_CODE_RESUME_INTERRUPTED_TURN=1` has a resumed Claude Code go on with a turn that was cut off, without a message.
# Whether it does depends on who spoke last: behind a message of a person it goes on, behind one that was sent with
# `isSynthetic` (which the SDK offers for what a host says to the agent) it waits for input, without an error. A host that
# continues turns by such messages, and loses a process right behind one, has to send another message.
# Seen with CLI 2.1.332 (Agent SDK 0.3.332), against a model of this script, offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '@anthropic-ai/claude-agent-sdk';

const WAIT_MS = 15_000;
/** Called with each model request: whether it is answered. */
let answers = () => true;
let asked = 0;
const model = createServer(async (request, response) => {
  for await (const _chunk of request);
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  asked += 1;
  if (!answers(asked)) return;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  send('message_start', { message: { id: `msg_${asked}`, type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage } });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Done.' } });
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

/** Whether a turn that was cut off behind a second message of this kind goes on in a resumed process. */
async function goesOn(kind) {
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  let child;
  const options = {
    ...{ cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', model: 'claude-opus-5-5' },
    spawnClaudeCodeProcess: ({ command, args, cwd, env: given }) =>
      (child = spawn(command, args, { cwd, env: given, stdio: ['pipe', 'pipe', 'ignore'] })),
  };
  const say = (content, more = {}) => ({
    ...{ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: '', ...more },
  });

  asked = 0;
  answers = (count) => count === 1;
  let ended;
  const firstEnd = new Promise((resolve) => (ended = resolve));
  let sessionId;
  const speak = async function* () {
    yield say('Hello');
    await firstEnd;
    yield say('Go on', kind === 'synthetic' ? { isSynthetic: true } : {});
    await new Promise(() => {});
  };
  const cut = (async () => {
    while (asked < 2) await sleep(50);
    child.kill('SIGKILL');
  })();
  try {
    for await (const message of query({ prompt: speak(), options })) {
      sessionId = message.session_id ?? sessionId;
      if (message.type === 'result') ended();
    }
  } catch {
    // The process was killed.
  }
  await cut;

  asked = 0;
  answers = () => true;
  const silence = async function* () {
    await new Promise(() => {});
  };
  const resumed = query({ prompt: silence(), options: { ...options, resume: sessionId, env: { ...env, CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1' } } });
  const read = (async () => {
    for await (const message of resumed) if (message.type === 'result') return;
  })().catch(() => {});
  await Promise.race([read, sleep(WAIT_MS)]);
  child.kill('SIGKILL');
  return asked > 0;
}

for (const kind of ['plain', 'synthetic']) console.log(`behind a ${kind} message: ${(await goesOn(kind)) ? 'goes on' : 'waits'}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
behind a plain message: goes on
behind a synthetic message: waits
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: only behind a person's message does a resumed process go on."
