#!/usr/bin/env bash
# The entry of a marketplace may state the parts of a plugin that has a plugin.json of its own. What then becomes of the two is
# different for each kind of part. Seen with CLI 2.1.332 (Agent SDK 0.3.332):
# - commands, subagents and skills of the entry come in addition, though `commands` and `agents` in plugin.json replace the folders;
# - hooks of the entry replace the plugin's own hooks of the same event, though those in plugin.json come in addition;
# - a path for `hooks`, which plugin.json may have, loads none. MCP servers of the entry are ignored.
# `plugin validate` and `plugin install` pass all of it without a word about these parts.
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

/** The program that the SDK starts, which is the CLI. */
let program;
const start = ({ command, args, cwd, env }) => {
  program = command;
  return spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] });
};
const note = (word) => ({ hooks: [{ type: 'command', command: `echo ${word} >> "$HOME/ran.txt"` }] });
const hooks = (where, ...events) => Object.fromEntries(events.map((event) => [event, [note(`${event} of ${where}`)]]));
const about = (name) => `---\nname: ${name}\ndescription: Does ${name}\n---\nDo ${name}.\n`;
const server = (name) => ({ type: 'http', url: `http://127.0.0.1:9/${name}` });
/** Parts in other places than the usual ones, as an entry or a plugin.json may name them. */
const more = (where) => ({
  ...{ commands: ['./more/command.md'], agents: ['./more/subagent.md'], skills: ['./more/skill'] },
  ...{ hooks: hooks(where, 'UserPromptSubmit'), mcpServers: { more: server('more') } },
});

async function trial({ entry = {}, manifest = {} }) {
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const files = {
    '.claude-plugin/marketplace.json': JSON.stringify({ name: 'shop', owner: { name: 'Somebody' }, plugins: [{ name: 'p', source: './p', ...entry }] }),
    'p/.claude-plugin/plugin.json': JSON.stringify({ name: 'p', version: '1.0.0', ...manifest }),
    'p/hooks/hooks.json': JSON.stringify({ hooks: hooks('the folder', 'UserPromptSubmit', 'Stop') }),
    'p/more/hooks.json': JSON.stringify({ hooks: hooks('the named file', 'UserPromptSubmit') }),
    'p/.mcp.json': JSON.stringify({ mcpServers: { own: server('own') } }),
    ...{ 'p/commands/own-command.md': about('own-command'), 'p/more/command.md': about('command') },
    ...{ 'p/agents/own-subagent.md': about('own-subagent'), 'p/more/subagent.md': about('subagent') },
    ...{ 'p/skills/own-skill/SKILL.md': about('own-skill'), 'p/more/skill/SKILL.md': about('skill') },
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, 'shop', path)), { recursive: true });
    writeFileSync(join(home, 'shop', path), text);
  }
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  const options = { cwd: home, env, tools: [], permissionMode: 'default', spawnClaudeCodeProcess: start };
  if (program === undefined) for await (const _message of query({ prompt: 'Hello', options: { ...options, settingSources: [] } }));
  /** What the CLI says of the parts in question. */
  const run = (...args) =>
    new Promise((resolve) => {
      let said = '';
      const child = spawn(program, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
      child.on('close', (code) => resolve(`${code}${/hook|server/i.test(said) ? ` ${said}` : ''}`));
    });
  const codes = [
    await run('plugin', 'validate', './shop'),
    await run('plugin', 'marketplace', 'add', './shop'),
    await run('plugin', 'install', 'p@shop'),
  ];
  let parts;
  for await (const message of query({ prompt: 'Hello', options: { ...options, settingSources: ['user'] } }))
    if (message.subtype === 'init') {
      const own = (names) => names.flatMap((name) => (name.startsWith('p:') ? [name.slice(2)] : []));
      const servers = message.mcp_servers.map(({ name }) => name.split(':').at(-1));
      parts = [...own([...message.slash_commands, ...message.agents]), ...servers.map((name) => `${name} server`)].sort();
    }
  const ran = existsSync(join(home, 'ran.txt')) ? readFileSync(join(home, 'ran.txt'), 'utf8').trim().split('\n').sort() : [];
  return { codes: codes.join(), parts: parts.join(), ran: ran.join() };
}

const results = {
  'more in plugin.json': await trial({ manifest: more('plugin.json') }),
  'more in the entry': await trial({ entry: more('the entry') }),
  'a path for hooks in plugin.json': await trial({ manifest: { hooks: './more/hooks.json' } }),
  'a path for hooks in the entry': await trial({ entry: { hooks: './more/hooks.json' } }),
};
model.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(seen)}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
more in plugin.json: {"codes":"0,0,0","parts":"command,more server,own server,own-skill,skill,subagent","ran":"Stop of the folder,UserPromptSubmit of plugin.json,UserPromptSubmit of the folder"}
more in the entry: {"codes":"0,0,0","parts":"command,own server,own-command,own-skill,own-subagent,skill,subagent","ran":"Stop of the folder,UserPromptSubmit of the entry"}
a path for hooks in plugin.json: {"codes":"0,0,0","parts":"own server,own-command,own-skill,own-subagent","ran":"Stop of the folder,UserPromptSubmit of the folder,UserPromptSubmit of the named file"}
a path for hooks in the entry: {"codes":"0,0,0","parts":"own server,own-command,own-skill,own-subagent","ran":"Stop of the folder,UserPromptSubmit of the folder"}
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: an entry adds commands, replaces hooks, and its servers are ignored."
