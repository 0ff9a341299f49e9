#!/usr/bin/env bash
# A plugin's `userConfig` may state a default for an option. Claude Code gives that default to the plugin's MCP servers only. Seen
# with CLI 2.1.332 (Agent SDK 0.3.332), for a plugin that is installed and whose option nobody has set:
# - a hook with `args` that name the option does not run, because the option "isn't set"; the variable of the option, which other
#   hooks read, is not there; a command tells the model `${user_config.team}` literally, instead of "blue";
# - whether it is set or not, a hook whose shell line names the option never runs. `plugin validate` passes all of that.
# Installs a plugin of its own with the CLI, runs it against a model of this script, offline once installed. Fails when any of that
# changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4

cat > probe.mjs <<'END_PROBE'
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';

let told;
const model = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  told = /The team is [^"\\]*/.exec(text)?.[0] ?? told;
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

const root = '${CLAUDE_PLUGIN_ROOT}';
const option = '${user_config.team}';
const hook = (rest) => ({ hooks: [{ type: 'command', ...rest }] });
const note = (kind, value) => `require('node:fs').appendFileSync(process.env.HOME + '/ran.txt', '${kind}: ' + ${value} + '\\n');`;
const files = {
  '.claude-plugin/marketplace.json': JSON.stringify({ name: 'shop', owner: { name: 'Somebody' }, plugins: [{ name: 'probe', source: './probe' }] }),
  'probe/.claude-plugin/plugin.json': JSON.stringify({
    ...{ name: 'probe', version: '1.0.0' },
    userConfig: { team: { type: 'string', title: 'Team', description: 'The team', default: 'blue' } },
  }),
  'probe/hooks/hooks.json': JSON.stringify({
    hooks: {
      UserPromptSubmit: [
        hook({ command: 'node', args: [`${root}/args.cjs`, option] }),
        hook({ command: `node "${root}/variable.cjs"` }),
        hook({ command: `node "${root}/shell.cjs" ${option}` }),
      ],
    },
  }),
  'probe/args.cjs': note('hook with args', 'process.argv[2]'),
  'probe/variable.cjs': note('variable of a hook', '(process.env.CLAUDE_PLUGIN_OPTION_TEAM ?? "none")'),
  'probe/shell.cjs': note('hook with a shell line', 'process.argv[2]'),
  'probe/server.cjs': `${note('server', 'process.env.TEAM')} process.stdin.resume();`,
  'probe/.mcp.json': JSON.stringify({ mcpServers: { s: { command: 'node', args: [`${root}/server.cjs`], env: { TEAM: option } } } }),
  'probe/commands/ask.md': `---\ndescription: Asks\n---\nThe team is ${option}.`,
};

async function trial(config) {
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, 'shop', path)), { recursive: true });
    writeFileSync(join(home, 'shop', path), text);
  }
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  // The program that the SDK itself would start is the CLI.
  let program;
  const spawnClaudeCodeProcess = ({ command, args, cwd, env: given }) => {
    program = command;
    return spawn(command, args, { cwd, env: given, stdio: ['pipe', 'pipe', 'ignore'] });
  };
  const options = { cwd: home, env, tools: [], settingSources: ['user'], permissionMode: 'default', spawnClaudeCodeProcess };
  for await (const _message of query({ prompt: 'Hello', options }));
  const run = (...args) =>
    new Promise((resolve) => spawn(program, args, { cwd: home, env, stdio: 'ignore' }).on('close', resolve));
  const valid = (await run('plugin', 'validate', './shop/probe')) === 0;
  await run('plugin', 'marketplace', 'add', './shop');
  await run('plugin', 'install', 'probe@shop', ...config);

  const failed = [];
  told = undefined;
  for await (const message of query({ prompt: '/probe:ask', options: { ...options, includeHookEvents: true } }))
    if (message.subtype === 'hook_response' && message.outcome === 'error') failed.push(message.stderr || message.output);
  const ran = existsSync(join(home, 'ran.txt')) ? readFileSync(join(home, 'ran.txt'), 'utf8').trim().split('\n').sort() : [];
  const why = failed.map((text) => (/isn't set|shell-form/.exec(text) ?? [text])[0]).sort();
  return { 'plugin validate passes': valid, 'ran': ran, 'did not run because of': why, 'the model is told': told };
}

const results = { 'not set': await trial([]), 'set to green': await trial(['--config', 'team=green']) };
model.close();
console.log(JSON.stringify(results, null, 1));
process.exit();
END_PROBE

cat > expected.json <<'END_EXPECTED'
{
 "not set": {
  "plugin validate passes": true,
  "ran": [
   "server: blue",
   "variable of a hook: none"
  ],
  "did not run because of": [
   "isn't set",
   "shell-form"
  ],
  "the model is told": "The team is ${user_config.team}."
 },
 "set to green": {
  "plugin validate passes": true,
  "ran": [
   "hook with args: green",
   "server: green",
   "variable of a hook: green"
  ],
  "did not run because of": [
   "shell-form"
  ],
  "the model is told": "The team is green."
 }
}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.json
diff expected.json seen.json && echo "As found: the default of an option reaches servers, but neither hooks nor commands."
