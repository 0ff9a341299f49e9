#!/usr/bin/env bash
# A result of an MCP tool may have `structuredContent` beside its `content`, and a server may say in a text what the structure does
# not. Claude Code shows the model one of the two only. Seen with CLI 2.1.332 (Agent SDK 0.3.332):
# - where there is a structure, even an empty one, each text is left out; a link stays, in front of the structure;
# - where the result is an error, it is the other way round: the text stays, and the structure is left out.
# Runs the SDK against a model and an MCP server of this script, offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 @modelcontextprotocol/sdk@1.32.2 zod@4

cat > probe.mjs <<'END_PROBE'
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const text = { type: 'text', text: 'Look at the second one' };
const link = { type: 'resource_link', uri: 'https://example.com/report', name: 'report' };
const structuredContent = { found: [1, 2] };
const tools = {
  'text alone': { content: [text] },
  'text and structure': { content: [text], structuredContent },
  'text and empty structure': { content: [text], structuredContent: {} },
  'text, link and structure': { content: [text, link], structuredContent },
  'text and structure of an error': { content: [text], structuredContent, isError: true },
};
const names = Object.keys(tools).map((_name, at) => `tool${at}`);

/** What the model is told of each call. The model calls all the tools at once. */
let told = [];
const model = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  const { messages, tools: offered = [] } = JSON.parse(body);
  const results = [messages.at(-1).content].flat().filter(({ type }) => type === 'tool_result');
  if (results.length > 0) told = results.map(({ content }) => [content].flat().map((block) => block.text ?? block));
  const calls = results.length === 0 && offered.length > 0;
  const blocks = calls
    ? names.map((name) => [{ type: 'tool_use', id: `toolu_${name}`, name: `mcp__probe__${name}`, input: {} }])
    : [[{ type: 'text', text: '' }, { type: 'text_delta', text: 'Done.' }]];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage } });
  for (const [index, [block, delta]] of blocks.entries()) {
    send('content_block_start', { index, content_block: block });
    if (delta) send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: calls ? 'tool_use' : 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

const server = new Server({ name: 'probe', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) }));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => Object.values(tools)[names.indexOf(params.name)]);
const home = mkdtempSync(join(process.cwd(), 'home-'));
const env = {
  ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
};
const options = {
  ...{ cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', allowedTools: ['mcp__probe'] },
  mcpServers: { probe: { type: 'sdk', name: 'probe', instance: server } },
};
for await (const message of query({ prompt: 'Hello', options })) if (message.type === 'result') break;
model.close();
for (const [at, name] of Object.keys(tools).entries()) console.log(`${name}: ${JSON.stringify(told[at])}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
text alone: ["Look at the second one"]
text and structure: ["{\"found\":[1,2]}"]
text and empty structure: ["{}"]
text, link and structure: ["[Resource link: report] https://example.com/report","{\"found\":[1,2]}"]
text and structure of an error: ["Look at the second one"]
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: a structure hides the text beside it, and in an error the text hides the structure."
