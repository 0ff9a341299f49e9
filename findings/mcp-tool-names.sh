#!/usr/bin/env bash
# Claude Code makes the names of MCP tools fit the model by putting _ for what it does not take. Two things follow that the
# documents do not say, seen with CLI 2.1.330 and 2.1.332 (Agent SDK 0.3.330, 0.3.332):
# - of two tools whose names are then equal (db.drop, db_drop) one is gone, without an error, a warning or a message;
# - `disallowedTools` is compared with the name that was made: mcp__db__db.drop, the name as its server has it, forbids nothing.
# Names are not shortened, though the Messages API takes 64 or 128 characters.
# Runs the SDK against a model and an MCP server of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 @modelcontextprotocol/sdk@1.32.2 zod@4

cat > probe.mjs <<'END'
import { createServer } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

let offered;
const model = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  const { tools = [] } = JSON.parse(text);
  if (tools.length > 0) offered = tools.map(({ name }) => name);
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

async function offer(names, disallowedTools = []) {
  const server = new Server({ name: 'db', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((name) => ({ name, description: name, inputSchema: { type: 'object' } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, () => ({ content: [] }));
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = { PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none', ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}` };
  offered = [];
  const options = { cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', disallowedTools, mcpServers: { db: { type: 'sdk', name: 'db', instance: server } } };
  for await (const message of query({ prompt: 'Hello', options })) if (message.type === 'result') break;
  return offered.filter((name) => name.startsWith('mcp__'));
}

const results = {
  'db.drop and db_drop are offered as': await offer(['db.drop', 'db_drop']),
  'db_drop and db.drop are offered as': await offer(['db_drop', 'db.drop']),
  'db.drop, with mcp__db__db.drop disallowed, is offered as': await offer(['db.drop'], ['mcp__db__db.drop']),
  'db.drop, with mcp__db__db_drop disallowed, is offered as': await offer(['db.drop'], ['mcp__db__db_drop']),
  'a name of 100 characters is offered with': (await offer(['x'.repeat(100)])).map(({ length }) => length),
};
model.close();
console.log(JSON.stringify(results, null, 1));
END

cat > expected.json <<'END'
{
 "db.drop and db_drop are offered as": [
  "mcp__db__db_drop"
 ],
 "db_drop and db.drop are offered as": [
  "mcp__db__db_drop"
 ],
 "db.drop, with mcp__db__db.drop disallowed, is offered as": [
  "mcp__db__db_drop"
 ],
 "db.drop, with mcp__db__db_drop disallowed, is offered as": [],
 "a name of 100 characters is offered with": [
  109
 ]
}
END

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.json
diff expected.json seen.json && echo "As found: one of the two tools is gone, and its own name does not forbid it."
