import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import Anthropic from '@anthropic-ai/sdk';
import { findFreePort, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { startMcpFixture } from '../src/agent-process/mcp/fixtures/mcp-harness.ts';
import { toMcpToolName } from '../src/definitions/mcp-tool-name.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

type ToolParams = NonNullable<Anthropic.Beta.AgentCreateParams['tools']>[number];
type McpConfigs = NonNullable<Extract<ToolParams, { type: 'mcp_toolset' }>['configs']>;

const dropName = toMcpToolName({ server: 'store', tool: 'db.drop' });
const scenarios: Scenario[] = [
  {
    match: { userText: 'drop' },
    reply: [useTool(dropName, { table: 'old' }), useTool('mcp__store__db_drop', { table: 'new' }), say('Dropped.')],
  },
  { match: { userText: 'echo' }, reply: [useTool('mcp__store__echo', {}), say('Echoed.')] },
  { reply: [say('Hello.')] },
];
const { model, server } = await useStage(scenarios);
const { agents } = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 }).beta;

async function openMcpChat(url: string, configs: McpConfigs = []): Promise<Chat> {
  const agent = await agents.create({
    ...{ name: 'Keeper', model: 'opus' },
    mcp_servers: [{ type: 'url', name: 'store', url }],
    tools: [
      {
        ...{ type: 'mcp_toolset', mcp_server_name: 'store' },
        default_config: { permission_policy: { type: 'always_allow' } },
        configs,
      },
    ],
  });
  return openChat(server, { session: { agent: agent.id } });
}

const noticesOf = (chat: Chat) => chat.eventsOf('session.notice').map(({ text }) => text);

/** MCP tools that the model was offered last. */
function offeredTools(): string[] {
  const { tools = [] } = (model.requests.findLast(({ body }) => body)?.body ?? {}) as { tools?: { name: string }[] };
  return tools.map(({ name }) => name).filter((name) => name.startsWith('mcp__'));
}

it('enforces, shows and asks for two tools that look alike, each by its own policy and name', async () => {
  await using store = await startMcpFixture({ pages: [['db.drop', 'db_drop', 'db:drop']] });
  await using chat = await openMcpChat(store.url, [
    { name: 'db.drop', permission_policy: { type: 'always_ask' } },
    { name: 'db:drop', enabled: false },
  ]);
  await chat.say('drop');
  const asked = await chat.waitForEvent('session.approval_requested');
  expect(store.calls).toEqual([]);
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'allow' });
  await chat.waitForTurns(1);
  expect(chat.eventsOf('agent.mcp_tool_use')).toMatchObject([
    { name: 'mcp__store__db.drop', mcp_server_name: 'store', evaluated_permission: 'ask', id: asked.event_id },
    { name: 'mcp__store__db_drop', mcp_server_name: 'store', evaluated_permission: 'allow' },
  ]);
  expect(store.calls).toEqual([
    { name: 'db.drop', arguments: { table: 'old' } },
    { name: 'db_drop', arguments: { table: 'new' } },
  ]);
  expect(asked.tool_name).toBe('mcp__store__db.drop');
  expect(offeredTools().toSorted()).toEqual([dropName, 'mcp__store__db_drop'].toSorted());
  expect(noticesOf(chat)).toEqual([expect.stringContaining('differ only in characters')]);
});

it('answers without a server that does not answer, says so, and has its tools when it is there', async () => {
  const { promise: later, resolve: answer } = Promise.withResolvers<boolean>();
  await using store = await startMcpFixture({ intercept: () => later });
  await using chat = await openMcpChat(store.url);
  await chat.say('hello');
  await chat.waitForTurns(1);
  expect(offeredTools()).toEqual([]);
  expect(noticesOf(chat)).toEqual([expect.stringMatching(/^The MCP server store has not answered yet\. Its tools/)]);
  answer(false);
  await chat.waitForEvent('session.notice', ({ level }) => level === 'info');
  await chat.say('echo');
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['Hello.', 'Echoed.']);
  expect(store.calls).toHaveLength(1);
});

it('names a server that is not there', async () => {
  await using chat = await openMcpChat(`http://127.0.0.1:${await findFreePort()}/mcp`);
  await chat.say('hello');
  await chat.waitForTurns(1);
  expect(textsOf(chat)).toEqual(['Hello.']);
  expect(noticesOf(chat)).toEqual([expect.stringContaining('The MCP server store cannot be reached')]);
});

it('stops a call at the server when the turn is interrupted', async () => {
  await using store = await startMcpFixture({
    call: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
  });
  await using chat = await openMcpChat(store.url);
  await chat.say('echo');
  await until('the call runs', () => store.calls.length === 1);
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
  await until('the server has stopped it', () => store.cancelled.length === 1);
});

it('tells of a question that a server asks', async () => {
  await using store = await startMcpFixture({
    async call(_, { server: asking }) {
      const { action } = await asking.elicitInput({
        message: 'Which shelf?',
        requestedSchema: { type: 'object', properties: {} },
      });
      return { content: [{ type: 'text', text: action }] };
    },
  });
  await using chat = await openMcpChat(store.url);
  await chat.say('echo');
  await chat.waitForTurns(1);
  expect(noticesOf(chat)).toEqual([expect.stringContaining('The MCP server store asks: “Which shelf?”')]);
  expect(chat.eventsOf('agent.mcp_tool_result')).toMatchObject([{ content: [{ text: 'decline' }] }]);
});
