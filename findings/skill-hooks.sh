#!/usr/bin/env bash
# A skill may have hooks in its frontmatter. In Claude Code they begin with the use of the skill, and do not end with it. Seen with
# CLI 2.1.332 (Agent SDK 0.3.332), for a skill of a plugin without hooks of its own:
# - they run in all later turns of the process, for events of a whole turn too, such as `UserPromptSubmit`;
# - in a process that resumes the session they do not run, though the skill's text is still in the conversation;
# - the same frontmatter in a file of commands/, which is used by the same tool, runs none.
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
import { dirname, join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

/** The tools that the model calls, one in each answer; undefined for a text that ends the turn. */
let answers = [];
let hasText;
const model = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  hasText = text.includes('Greet everybody.');
  const call = answers.shift();
  const [block, delta] = call
    ? [{ type: 'tool_use', id: `toolu_${Math.random()}`.replace('.', ''), name: call.name, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(call.input) }]
    : [{ type: 'text', text: '' }, { type: 'text_delta', text: 'Done.' }];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage } });
  send('content_block_start', { index: 0, content_block: block });
  send('content_block_delta', { index: 0, delta });
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: call ? 'tool_use' : 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

const use = { name: 'Skill', input: { skill: 'probe:greet' } };
const work = { name: 'Bash', input: { command: 'true', description: 'Works' } };
const hook = (event) => `  ${event}:\n    - hooks:\n        - type: command\n          command: echo ${event} >> "$HOME/ran.txt"\n`;
const markdown = `---\nname: greet\ndescription: Greets\nhooks:\n${hook('UserPromptSubmit')}${hook('PreToolUse')}---\nGreet everybody.\n`;

function createHome(path) {
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const files = { '.claude-plugin/plugin.json': JSON.stringify({ name: 'probe', version: '1.0.0' }), [path]: markdown };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, 'plugin', name)), { recursive: true });
    writeFileSync(join(home, 'plugin', name), text);
  }
  return home;
}

let sessionId;
/** Says something for each list of calls, in one process; returns the hooks that ran in each turn. */
async function talk(home, turns, more = {}) {
  const log = join(home, 'ran.txt');
  writeFileSync(log, '');
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const tools = ['Bash', 'Skill'];
  const plugins = [{ type: 'local', path: join(home, 'plugin') }];
  const options = { cwd: home, env, tools, allowedTools: tools, settingSources: [], permissionMode: 'default', plugins, ...more };
  const ran = [];
  let ended;
  const speak = async function* () {
    for (const calls of turns) {
      answers = [...calls];
      const end = new Promise((resolve) => (ended = resolve));
      yield { type: 'user', message: { role: 'user', content: 'Hello' }, parent_tool_use_id: null, session_id: '' };
      await end;
      ran.push(readFileSync(log, 'utf8').trim().split('\n').join());
      writeFileSync(log, '');
    }
  };
  for await (const message of query({ prompt: speak(), options })) {
    sessionId = message.session_id ?? sessionId;
    if (message.type === 'result') ended();
  }
  return { ran, hasText };
}

const home = createHome('skills/greet/SKILL.md');
const results = {
  'a skill, in three turns': await talk(home, [[work], [use, work], [work]]),
  'the same session resumed': await talk(home, [[work]], { resume: sessionId }),
  'a command, in three turns': await talk(createHome('commands/greet.md'), [[work], [use, work], [work]]),
};
model.close();
for (const [name, { ran, hasText }] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(ran)}, text: ${hasText}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
a skill, in three turns: ["","PreToolUse","UserPromptSubmit,PreToolUse"], text: true
the same session resumed: [""], text: true
a command, in three turns: ["","",""], text: true
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: a skill's hooks outlast its turn, but not its process."
