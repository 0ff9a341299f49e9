#!/usr/bin/env bash
# The SDK's option `hooks` takes callbacks for `SessionStart` and `SessionEnd`. With CLI 2.1.332 (Agent SDK 0.3.332) they are called
# in the middle of a process only: `SessionStart` behind /clear and /compact, `SessionEnd` at /clear. At the start of a process, new
# or resumed, and at its end no callback is called, while the commands of a plugin run each time. So one registration is neither
# useless nor enough: a host that counts starts by it, or adds context by it, misses the first one and takes the others.
# Runs the SDK against a model of this script, offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

const model = createServer(async (request, response) => {
  for await (const _chunk of request);
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
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

const EVENTS = ['SessionStart', 'SessionEnd'];
const home = mkdtempSync(join(process.cwd(), 'home-'));
const plugin = join(home, 'plugin');
const log = join(home, 'ran.txt');
const command = [
  "const { hook_event_name, source, reason } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));",
  `require('node:fs').appendFileSync(${JSON.stringify(log)}, \`\${hook_event_name} \${source ?? reason}\\n\`);`,
];
for (const folder of ['.claude-plugin', 'hooks']) mkdirSync(join(plugin, folder), { recursive: true });
writeFileSync(join(plugin, '.claude-plugin/plugin.json'), JSON.stringify({ name: 'probe', version: '1.0.0' }));
writeFileSync(join(plugin, 'note.cjs'), command.join('\n'));
const handler = { hooks: [{ type: 'command', command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/note.cjs'] }] };
writeFileSync(join(plugin, 'hooks/hooks.json'), JSON.stringify({ hooks: Object.fromEntries(EVENTS.map((event) => [event, [handler]])) }));

let sessionId;
/** Says all of it in one process; returns what the callbacks and the commands were told. */
async function talk(says, more = {}) {
  writeFileSync(log, '');
  const callbacks = [];
  const note = async ({ hook_event_name, source, reason }) => {
    callbacks.push(`${hook_event_name} ${source ?? reason}`);
    return {};
  };
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const options = {
    ...{ cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', plugins: [{ type: 'local', path: plugin }] },
    ...{ hooks: Object.fromEntries(EVENTS.map((event) => [event, [{ hooks: [note] }]])), ...more },
  };
  let ended;
  const speak = async function* () {
    for (const content of says) {
      const end = new Promise((resolve) => (ended = resolve));
      yield { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: '' };
      await end;
    }
  };
  for await (const message of query({ prompt: speak(), options })) {
    sessionId = message.session_id ?? sessionId;
    if (message.type === 'result') ended();
  }
  return { callbacks, commands: readFileSync(log, 'utf8').trim().split('\n') };
}

const results = {
  'a new session': await talk(['Hello', 'More']),
  'a resumed session': await talk(['Hello'], { resume: sessionId }),
  'cleared in the middle': await talk(['Hello', '/clear', 'Hello']),
  'compacted in the middle': await talk(['Hello', 'More', '/compact', 'Hello']),
};
model.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(seen)}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
a new session: {"callbacks":[],"commands":["SessionStart startup","SessionEnd other"]}
a resumed session: {"callbacks":[],"commands":["SessionStart resume","SessionEnd other"]}
cleared in the middle: {"callbacks":["SessionEnd clear","SessionStart clear"],"commands":["SessionStart startup","SessionEnd clear","SessionStart clear","SessionEnd other"]}
compacted in the middle: {"callbacks":["SessionStart compact"],"commands":["SessionStart startup","SessionStart compact","SessionEnd other"]}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: callbacks hear of starts and ends in the middle of a process only."
