#!/usr/bin/env bash
# One tool's output schema can take all tools of an MCP server away from a client, or that one tool, or nothing: it depends on the
# client. All schemas here are valid JSON Schemas with `type: "object"`. Seen with:
# - @modelcontextprotocol/sdk 1.32.2: `listTools` fails where a schema refers to an address, and where a property is `true`; after
#   that, `callTool` calls the same tool without an error;
# - @modelcontextprotocol/client 2.4.0: lists every tool, and refuses each call of a tool whose schema refers to an address, or is of
#   draft-04, which the line 1.x takes;
# - Claude Code 2.1.332 (Agent SDK 0.3.332): offers and calls all of them.
# Runs the three against an MCP server of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 @modelcontextprotocol/sdk@1.32.2 \
  @modelcontextprotocol/client@2.4.0 zod@4

cat > probe.mjs <<'END_PROBE'
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { query } from '@anthropic-ai/claude-agent-sdk';
import * as v2 from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const schemas = {
  'an address': { type: 'object', properties: { found: { $ref: 'https://example.com/found.json' } } },
  'a property that is true': { type: 'object', properties: { found: true } },
  'draft-04': { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' },
};
const inputSchema = { type: 'object' };
const structuredContent = { found: 1 };

/** Answers each POST; `/0`, `/1`, … is a server with a plain tool and one that has the schema with that number. */
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (request.method !== 'POST') return response.writeHead(405).end();
  const { id, method, params } = JSON.parse(text);
  if (id === undefined) return response.writeHead(202).end();
  const outputSchema = Object.values(schemas)[Number(request.url.slice(1))];
  const results = {
    initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'probe', version: '1' } },
    'tools/list': { tools: [{ name: 'plain', inputSchema }, { name: 'find', inputSchema, outputSchema }] },
    'tools/call': { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent },
  };
  const answer = results[method] ? { result: results[method] } : { error: { code: -32601, message: 'Method not found' } };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const urlOf = (at) => `http://127.0.0.1:${server.address().port}/${at}`;

async function ask(client, transport) {
  await client.connect(transport);
  const listed = await client.listTools().then(({ tools }) => tools.map(({ name }) => name).join(), () => 'fails');
  const called = await client.callTool({ name: 'find', arguments: {} }).then(() => 'works', () => 'fails');
  await client.close();
  return `list: ${listed}; call: ${called}`;
}

let offered = [];
let worked = [];
const model = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (!request.url.startsWith('/v1/messages') || request.url.includes('count')) return response.writeHead(404).end();
  const { messages, tools = [] } = JSON.parse(text);
  if (tools.length > 0) offered = tools.map(({ name }) => name);
  const results = [messages.at(-1).content].flat().filter(({ type }) => type === 'tool_result');
  if (results.length > 0) worked = results.map(({ is_error }) => !is_error);
  const calls = results.length === 0 ? offered.filter((name) => name.endsWith('__find')).sort() : [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type, rest) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  const usage = { input_tokens: 1, output_tokens: 1 };
  send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage } });
  const blocks = calls.map((name, at) => ({ type: 'tool_use', id: `toolu_${at}`, name, input: {} }));
  for (const [index, block] of [...blocks, { type: 'text', text: 'Done.' }].entries()) {
    send('content_block_start', { index, content_block: block });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn' }, usage });
  send('message_stop', {});
  response.end();
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

const home = mkdtempSync(join(process.cwd(), 'home-'));
const env = {
  ...{ PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none' },
  ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.address().port}`,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
};
const mcpServers = Object.fromEntries(Object.keys(schemas).map((_name, at) => [`s${at}`, { type: 'http', url: urlOf(at) }]));
const allowedTools = Object.keys(mcpServers).map((name) => `mcp__${name}`);
const options = { cwd: home, env, tools: [], settingSources: [], permissionMode: 'default', allowedTools, mcpServers };
for await (const message of query({ prompt: 'Hello', options })) if (message.type === 'result') break;

for (const [at, name] of Object.keys(schemas).entries()) {
  const about = { name: 'probe', version: '1' };
  console.log(`${name}, 1.x: ${await ask(new Client(about), new StreamableHTTPClientTransport(new URL(urlOf(at))))}`);
  console.log(`${name}, 2.x: ${await ask(new v2.Client(about), new v2.StreamableHTTPClientTransport(new URL(urlOf(at))))}`);
  const listed = offered.filter((tool) => tool.startsWith(`mcp__s${at}__`)).map((tool) => tool.split('__')[2]);
  console.log(`${name}, Claude Code: list: ${listed.sort().reverse().join()}; call: ${worked[at] ? 'works' : 'fails'}`);
}
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
an address, 1.x: list: fails; call: works
an address, 2.x: list: plain,find; call: fails
an address, Claude Code: list: plain,find; call: works
a property that is true, 1.x: list: fails; call: works
a property that is true, 2.x: list: plain,find; call: works
a property that is true, Claude Code: list: plain,find; call: works
draft-04, 1.x: list: plain,find; call: works
draft-04, 2.x: list: plain,find; call: fails
draft-04, Claude Code: list: plain,find; call: works
END_EXPECTED

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: the same schema takes away all tools, one tool or none."
