import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AgentCommandList, PendingApprovalList, SessionOptions } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import Anthropic from '@anthropic-ai/sdk';
import type { Server as McpServer } from '@modelcontextprotocol/sdk/server/index.js';
import { UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js';
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
  {
    match: { userText: 'long' },
    reply: [
      useTool('mcp__store__echo', {}),
      ({ toolCalls: [called] }) => {
        const [, file_path] = /saved to (\S+\.txt)/.exec(called?.result?.text ?? '') ?? [];
        return useTool('Read', { file_path, offset: 10_000, limit: 1 });
      },
      say('Read.'),
    ],
  },
  {
    match: { userText: 'search' },
    reply: [
      useTool('ToolSearch', { query: 'select:mcp__store__tool_7,mcp__store__tool_8' }),
      useTool('mcp__store__tool_7', { amount: 1 }),
      say('Found.'),
    ],
  },
  {
    match: { userText: 'read' },
    reply: [
      useTool('ListMcpResourcesTool', {}),
      useTool('ReadMcpResourceTool', { server: 'store', uri: 'store://shelves' }),
      say('Read it.'),
    ],
  },
  { match: { userText: 'echo' }, reply: [useTool('mcp__store__echo', {}), say('Echoed.')] },
  { reply: [say('Hello.')] },
];
const { model, server } = await useStage(scenarios);
const { agents, vaults } = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 }).beta;

async function openMcpChat(url: string, configs: McpConfigs = [], vaultIds: string[] = []): Promise<Chat> {
  const agent = await agents.create({
    ...{ name: 'Keeper', model: 'opus' },
    mcp_servers: [{ type: 'url', name: 'store', url }],
    tools: [
      {
        ...{ type: 'mcp_toolset', mcp_server_name: 'store' },
        default_config: { permission_policy: { type: 'always_allow' } },
        configs,
      },
      // As the mode of the session says, which the official types do not have.
      {
        ...{ type: 'agent_toolset_20260401', default_config: { enabled: false } },
        configs: [{ name: 'read', enabled: true, permission_policy: { type: 'auto' } as unknown as null }],
      },
    ],
  });
  return openChat(server, { session: { agent: agent.id, vault_ids: vaultIds } });
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
  expect(model.requests.findLast(({ body }) => body)?.conversation?.offersTool('ReadMcpResourceTool')).toBe(false);
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
  await chat.waitForEvent('session.notice', ({ level }) => level === 'warning');
  expect(noticesOf(chat)).toEqual([expect.stringMatching(/^The MCP server store has not answered yet\. Its tools/)]);
  answer(false);
  await chat.waitForEvent('session.notice', ({ level }) => level === 'info');
  await chat.say('echo');
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['Hello.', 'Echoed.']);
  expect(store.calls).toHaveLength(1);
});

it('has the model search many tools, also those that come late, and decides about each as about any other', async () => {
  const { promise: later, resolve: answer } = Promise.withResolvers<boolean>();
  const tools = Array.from({ length: 500 }, (_, index) => `tool_${index}`);
  await using store = await startMcpFixture({
    ...{ intercept: () => later, pages: [tools], description: ', which works with care and speed. '.repeat(5) },
  });
  await using chat = await openMcpChat(store.url, [
    { name: 'tool_7', permission_policy: { type: 'always_ask' } },
    { name: 'tool_8', enabled: false },
  ]);
  await chat.say('hello');
  await chat.waitForTurns(1);
  const search = async () => {
    const options = await server.fetch(`/api/v1/sessions/${chat.sessionId}/options`);
    return ((await options.json()) as SessionOptions).tool_search;
  };
  const policy = { mode: 'auto', above_tokens: 10_000, from: 'operator' };
  expect(await search()).toEqual({ ...policy, running: { tools: 0, tokens: 0, is_on: false } });
  await chat.waitForEvent('session.notice', ({ level }) => level === 'warning');
  answer(false);
  await chat.waitForEvent('session.notice', ({ level }) => level === 'info');
  await chat.say('search');
  const asked = await chat.waitForEvent('session.approval_requested');
  expect(asked.tool_name).toBe('mcp__store__tool_7');
  expect(store.calls).toEqual([]);
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'allow' });
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['Hello.', 'Found.']);
  expect(store.calls).toEqual([{ name: 'tool_7', arguments: { amount: 1 } }]);
  expect(chat.eventsOf('agent.tool_use')).toMatchObject([{ name: 'ToolSearch', evaluated_permission: 'allow' }]);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([
    { content: [{ type: 'text', text: 'mcp__store__tool_7' }] },
  ]);
  const { running } = await search();
  expect(running).toMatchObject({ tools: 499, is_on: true });
  // Only what was found stands in the request, and the names of the others; no token count was asked for.
  expect(offeredTools()).toEqual(['mcp__store__tool_7']);
  const { body, conversation } = model.requests.findLast(({ kind }) => kind === 'turn') ?? {};
  expect(JSON.stringify(body?.tools).length).toBeLessThan((running?.tokens ?? 0) * 0.5);
  expect(['tool_499', 'tool_8'].map((name) => conversation?.offersTool(`mcp__store__${name}`))).toEqual([true, false]);
  expect(model.requests.filter(({ kind }) => kind === 'count_tokens')).toEqual([]);
});

it('lets the agent read the resources of a server, each decided as a call of one of its tools, and people run its prompts', async () => {
  const text = 'A shelf of it. '.repeat(20_000);
  await using store = await startMcpFixture({ resources: { 'store://shelves': text }, prompts: ['tidy up'] });
  await using chat = await openMcpChat(store.url, [
    { name: 'ReadMcpResourceTool', permission_policy: { type: 'always_ask' } },
  ]);
  await chat.say('read');
  const asked = await chat.waitForEvent('session.approval_requested');
  expect(asked.tool_name).toBe('ReadMcpResourceTool');
  expect(store.reads).toEqual([]);
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'allow' });
  await chat.waitForTurns(1);
  expect(store.reads).toEqual(['store://shelves']);
  const [list, content] = chat.eventsOf('agent.tool_result').map((result) => JSON.stringify(result));
  expect(list).toContain('store://shelves');
  expect(content).toContain('A shelf of it.');
  // As any long result: a part of it, and where the whole is.
  expect(content?.length).toBeLessThan(10_000);

  const listed = await server.fetch(`/api/v1/sessions/${chat.sessionId}/commands`);
  const command = toMcpToolName({ server: 'store', tool: 'tidy up' });
  const { data } = (await listed.json()) as AgentCommandList;
  expect(data.find(({ name }) => name === command)).toEqual({
    ...{ name: command, description: 'The prompt tidy up', argument_hint: '<who> [how]', plugin: null },
  });
  await chat.say(`/${command} "Ada Lovelace" with great care`);
  await chat.waitForTurns(2);
  const told = JSON.stringify(model.requests.at(-1)?.body?.messages.at(-1));
  expect(told).toContain(`<command-name>/${command}</command-name>`);
  // What the server says runs no command of Claude Code.
  const given = { who: 'Ada Lovelace', how: 'with great care' };
  expect(told).toContain(JSON.stringify(`/clear of tidy up: ${JSON.stringify(given)}`).slice(1, -1));
  await chat.say(`/${command}`);
  await chat.waitForTurns(3);
  expect(noticesOf(chat)).toEqual([`/${command} could not be run: it needs <who> [how].`]);
  expect(chat.eventsOf('user.message').at(-1)).toMatchObject({ content: [{ text: `/${command}` }] });

  // A rule that denies its tools denies its prompts, and the list of its resources.
  await using denied = await denyByRule('mcp__store');
  await chat.say(`/${command} Ada`);
  await chat.waitForTurns(4);
  expect(noticesOf(chat).at(-1)).toBe(`/${command} could not be run: Denied by a rule of the platform: mcp__store.`);
  expect(JSON.stringify(model.requests.at(-1)?.body?.messages.at(-1))).not.toContain('/clear of tidy up');
  await chat.say('read');
  await chat.waitForTurns(5);
  expect(store.reads).toEqual(['store://shelves']);
  expect(JSON.stringify(chat.eventsOf('agent.tool_result').at(-2))).not.toContain('store://shelves');
  await denied[Symbol.asyncDispose]();
  const { data: facts } = (await (await server.fetch('/api/v1/audit?limit=100')).json()) as {
    data: { action: string; outcome: string; details: { tool?: string } }[];
  };
  const ofPrompt = facts
    .filter(({ details }) => details.tool === command)
    .map(({ action, outcome }) => [action, outcome]);
  expect(ofPrompt.toReversed()).toEqual([
    ['tool.decide', 'allow'],
    ['tool.run', 'success'],
    ['tool.decide', 'allow'],
    ['tool.run', 'failure'],
    ['tool.decide', 'deny'],
  ]);
});

async function denyByRule(rule: string): Promise<AsyncDisposable> {
  const put = async (rules: object[]) => {
    const { version } = (await (await server.fetch('/api/v1/policy')).json()) as { version: number };
    const headers = { 'content-type': 'application/json' };
    const { status } = await server.fetch('/api/v1/policy', {
      method: 'PUT',
      headers,
      body: JSON.stringify({ version, rules }),
    });
    expect(status).toBe(200);
  };
  await put([{ effect: 'deny', rule }]);
  return { [Symbol.asyncDispose]: () => put([]) };
}

it('names a server that is not there', async () => {
  await using chat = await openMcpChat(`http://127.0.0.1:${await findFreePort()}/mcp`);
  await chat.say('hello');
  await chat.waitForTurns(1);
  expect(textsOf(chat)).toEqual(['Hello.']);
  expect(noticesOf(chat)).toEqual([expect.stringContaining('The MCP server store cannot be reached')]);
});

it('shows people a long result whole, and lets the agent read it in parts without asking', async () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `line ${index + 1} of it\n`).join('');
  await using store = await startMcpFixture({ call: async () => ({ content: [{ type: 'text', text }] }) });
  await using chat = await openMcpChat(store.url);
  await chat.say('long');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('agent.mcp_tool_result')).toMatchObject([
    { is_error: false, content: [{ type: 'text', text }] },
  ]);
  expect(chat.eventsOf('session.approval_requested')).toEqual([]);
  expect(JSON.stringify(chat.eventsOf('agent.tool_result'))).toContain('line 10000 of it');
});

it('sends the credential of a vault to its server, as it is at each request, and shows it to nobody', async () => {
  const tokens = ['first-bearer-of-the-store', 'second-bearer-of-the-store'];
  let [taken] = tokens;
  const seen: unknown[] = [];
  await using store = await startMcpFixture({
    intercept({ headers }, response) {
      seen.push(headers.authorization);
      if (headers.authorization === `Bearer ${taken}`) return false;
      response.writeHead(401).end();
      return true;
    },
    call: async () => ({ content: [{ type: 'text', text: `I was given ${taken}` }] }),
  });
  const vault = await vaults.create({ display_name: 'Ada' });
  const auth = { type: 'static_bearer', mcp_server_url: store.url, token: taken ?? '' } as const;
  const kept = await vaults.credentials.create(vault.id, { auth });
  await using chat = await openMcpChat(store.url, [], [vault.id]);
  await chat.say('echo');
  await chat.waitForTurns(1);

  [, taken] = tokens;
  const change = { type: 'static_bearer', token: taken ?? '' } as const;
  await vaults.credentials.update(kept.id, { vault_id: vault.id, auth: change });
  await chat.say('echo');
  await chat.waitForTurns(2);
  await vaults.delete(vault.id);
  await chat.say('echo');
  await chat.waitForTurns(3);
  const hidden = { is_error: false, content: [{ text: `I was given [hidden: ${kept.id}]` }] };
  const refused = { is_error: true, content: [{ text: expect.stringContaining('needs a sign-in') as string }] };
  expect(chat.eventsOf('agent.mcp_tool_result')).toMatchObject([hidden, hidden, refused]);
  expect(noticesOf(chat)).toEqual([expect.stringContaining('needs a sign-in')]);
  expect(seen.at(-1), 'of a deleted vault').toBeUndefined();

  const audited = await (await server.fetch('/api/v1/audit?limit=100')).text();
  expect(audited).toContain('vault_credential.use');
  const told = [audited, server.logs, JSON.stringify([chat.events, model.requests, vault, kept])].join('\n');
  const commands = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ['cmdline', 'environ'].map((part) => `/proc/${pid}/${part}`));
  const files = (await readdir(server.dataDir, { recursive: true, withFileTypes: true }))
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(files.length).toBeGreaterThan(5);
  const places = await Promise.all(
    [...commands, ...files].map(async (path) => ({ path, text: await readFile(path, 'latin1').catch(() => '') })),
  );
  const found = [{ path: 'what is told', text: told }, ...places].filter(({ text }) =>
    tokens.some((token) => text.includes(token)),
  );
  expect(found.map(({ path }) => path)).toEqual([]);
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

/** A server whose tool asks the person, and answers with what it was told. */
const startAskingServer = (ask: Parameters<McpServer['elicitInput']>[0], findRefusal?: () => Error | undefined) =>
  startMcpFixture({
    async call(_, { server: asking }) {
      const refusal = findRefusal?.();
      if (refusal) throw refusal;
      const { action, content } = await asking.elicitInput(ask);
      return { content: [{ type: 'text', text: JSON.stringify({ action, content }) }] };
    },
  });

const SHELF: Parameters<McpServer['elicitInput']>[0] = {
  message: 'Which shelf?',
  requestedSchema: {
    type: 'object',
    properties: {
      shelf: { type: 'string', title: 'Shelf', enum: ['a', 'b'] },
      copies: { type: 'integer', minimum: 1, maximum: 9, default: 2 },
      mail: { type: 'string', format: 'email' },
      lend: { type: 'boolean' },
    },
    required: ['shelf', 'copies'],
  },
};

/** The id of the next question. */
async function askAndWait(chat: Chat): Promise<string> {
  const known = new Set(chat.eventsOf('session.approval_requested').map(({ event_id: id }) => id));
  await chat.say('echo');
  const { event_id: id } = await chat.waitForEvent('session.approval_requested', (event) => !known.has(event.event_id));
  await chat.waitForEvent(
    'session.status_idle',
    ({ stop_reason: reason }) =>
      reason.type === 'requires_action' && reason.event_ids.includes(id) && reason.waits_for === 'answer',
  );
  return id;
}

const answerTo = (id: string, more: object) => ({
  ...{ type: 'user.tool_confirmation' as const, tool_use_id: id, result: 'allow' as const },
  ...more,
});

const toldOf = (chat: Chat) =>
  chat.eventsOf('agent.mcp_tool_result').map(({ content }) => {
    const [block] = content ?? [];
    return block?.type === 'text' ? (JSON.parse(block.text) as unknown) : block;
  });

it('asks a person what a server wants to know, takes only what fits its form, and passes it on', async () => {
  await using store = await startAskingServer(SHELF);
  await using chat = await openMcpChat(store.url);
  const id = await askAndWait(chat);
  expect(chat.eventsOf('session.elicitation_requested')).toMatchObject([
    {
      ...{ id, mcp_server_name: 'store', message: 'Which shelf?', mode: 'form' },
      fields: [
        { name: 'shelf', title: 'Shelf', kind: 'choice', required: true },
        { name: 'copies', kind: 'integer', min: 1, max: 9, default: 2, required: true },
        { name: 'mail', kind: 'text', format: 'email', required: false },
        { name: 'lend', kind: 'boolean', required: false },
      ],
    },
  ]);
  const { data } = (await (await server.fetch('/api/v1/approvals')).json()) as PendingApprovalList;
  expect(data).toMatchObject([
    { event_id: id, tool_name: 'Elicitation', title: 'Answer store', reason: 'The MCP server store asks you' },
  ]);
  for (const [content, field] of [
    [{ copies: 1 }, 'shelf'],
    [{ shelf: 'c', copies: 1 }, 'shelf'],
    [{ shelf: 'a', copies: 1.5 }, 'copies'],
    [{ shelf: 'a', copies: 10 }, 'copies'],
    [{ shelf: 'a', copies: 1, mail: 'nobody' }, 'mail'],
    [{ shelf: 'a', copies: 1, other: true }, 'other'],
  ] as const)
    await expect(chat.send(answerTo(id, { content })), field).rejects.toThrow(`"content.${field}"`);

  // Also from another connection.
  await using other = await openChat(server, { sessionId: chat.sessionId });
  const content = { shelf: 'b', copies: 3, mail: 'a@example.com', lend: true };
  await other.send(answerTo(id, { content }));
  await chat.waitForTurns(1);
  expect(toldOf(chat)).toEqual([{ action: 'accept', content }]);
  expect(chat.eventsOf('user.tool_confirmation')).toMatchObject([{ tool_use_id: id, content }]);
});

it('passes on that a person declines, does not decide, or has opened a page that a call requires', async () => {
  const page = {
    mode: 'url',
    message: 'Sign in',
    elicitationId: 'e1',
    url: 'https://login.example.com/a?b=c',
  } as const;
  let isRequired = false;
  await using store = await startAskingServer(page, () =>
    isRequired ? new UrlElicitationRequiredError([page]) : undefined,
  );
  await using chat = await openMcpChat(store.url);
  const declined = await askAndWait(chat);
  expect(chat.eventsOf('session.elicitation_requested')).toMatchObject([
    { mode: 'url', url: 'https://login.example.com/a?b=c' },
  ]);
  await expect(chat.send(answerTo(declined, { content: { a: 'b' } }))).rejects.toThrow('takes no content');
  await chat.send(answerTo(declined, { result: 'deny' }));
  await chat.waitForTurns(1);
  const dismissed = await askAndWait(chat);
  await chat.send(answerTo(dismissed, { result: 'deny', dismissed: true }));
  await chat.waitForTurns(2);
  const opened = await askAndWait(chat);
  await chat.send(answerTo(opened, {}));
  await chat.waitForTurns(3);
  expect(toldOf(chat)).toEqual([{ action: 'decline' }, { action: 'cancel' }, { action: 'accept' }]);

  isRequired = true;
  const required = await askAndWait(chat);
  const asked = new Set(chat.eventsOf('session.elicitation_requested').map(({ id }) => id));
  isRequired = false;
  await chat.send(answerTo(required, {}));
  // Made again, the call asks something itself.
  const later = await chat.waitForEvent('session.elicitation_requested', ({ id }) => !asked.has(id));
  await chat.send(answerTo(later.id, {}));
  await chat.waitForTurns(4);
  expect(toldOf(chat).at(-1)).toEqual({ action: 'accept' });

  const interrupted = await askAndWait(chat);
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(5);
  expect(chat.eventsOf('session.approval_cancelled')).toMatchObject([{ event_id: interrupted, reason: 'interrupted' }]);
});

it('withdraws a question whose process was killed with the server, and says so', async () => {
  await using store = await startAskingServer(SHELF);
  let asked: { sessionId: string; id: string };
  {
    await using chat = await openMcpChat(store.url);
    asked = { sessionId: chat.sessionId, id: await askAndWait(chat) };
  }
  await server.kill('SIGKILL');
  await server.restart();
  await using chat = await openChat(server, { sessionId: asked.sessionId });
  await chat.waitForEvent('session.approval_cancelled', ({ event_id: id }) => id === asked.id);
  expect(chat.eventsOf('session.approval_cancelled')).toMatchObject([{ reason: 'process_ended' }]);
  await expect(chat.send(answerTo(asked.id, { content: { shelf: 'a', copies: 1 } }))).rejects.toThrow(
    'already_answered',
  );
});
