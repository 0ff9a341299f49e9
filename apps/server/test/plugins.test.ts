import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { packTar, packZip } from '../src/plugins/fixtures/pack.ts';
import { openChat, textsOf } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const secret = 'the key of the shelf, which nobody sees';
const scenarios: Scenario[] = [
  { match: { userText: 'tell' }, reply: [say(`It is ${secret}.`)] },
  { match: { userText: 'echo' }, reply: [useTool('mcp__shelf__echo', {}), say('Echoed.')] },
  { match: { userText: 'typed' }, reply: [useTool('mcp__faulty__echo', { text: 'a' }), say('Typed.')] },
  { reply: [say('Hello.')] },
];
const { model, server } = await useStage(scenarios, { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' });
const userKey = await createUserKey(server, 'bob');

type Answer = PluginResource & { error: { type: string; message: string; details: Record<string, unknown> } };

async function request(method: string, path: string, body?: unknown, key = server.apiKey) {
  const isForm = body instanceof FormData;
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
  const response = await fetch(`${server.url}/api/v1/plugins${path}`, { method, headers, ...sent });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Answer };
}

/** Of all processes of this machine. */
async function listCommandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}

function toForm(archive: Buffer, filename: string, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([new Uint8Array(archive)]), filename);
  return form;
}

const manifest = (version: string) => JSON.stringify({ name: 'greeter', version, description: 'Greets' });
const skill = '---\nname: greet\ndescription: Greets people\n---\nSay hello.';

it('takes an archive in, activates it for everybody to see, upgrades, rolls back and removes it', async () => {
  const first = packTar([
    { path: 'greeter/.claude-plugin/plugin.json', content: manifest('1.0.0') },
    { path: 'greeter/skills/greet/SKILL.md', content: skill },
  ]);
  const taken = await request('POST', '', toForm(first, 'greeter-1.tgz'));
  expect(taken).toMatchObject({
    status: 201,
    body: { name: 'greeter', state: 'registered', version: '1.0.0', parts: [{ kind: 'skill', name: 'greet' }] },
  });
  expect(await request('POST', '/greeter/activate')).toMatchObject({ status: 200, body: { state: 'active' } });
  const seen = await request('GET', '/greeter', undefined, userKey);
  expect(seen).toMatchObject({
    status: 200,
    body: { state: 'active', problems: [], health: { status: 'ok' }, source: null },
  });

  const hooks = JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] } });
  const second = packZip([
    { path: '.claude-plugin/plugin.json', content: manifest('2.0.0') },
    { path: 'skills/greet/SKILL.md', content: skill },
    { path: 'hooks/hooks.json', content: hooks },
  ]);
  expect((await request('POST', '/greeter/upgrade')).body.error.details).toMatchObject({ field: 'file' });
  const waiting = await request('POST', '/greeter/upgrade', toForm(second, 'greeter-2.zip'));
  expect(waiting.body).toMatchObject({
    version: '1.0.0',
    pending: { version: '2.0.0', difference: { hooks: ['Stop'] } },
  });
  // Only administrators see its command lines, texts and files.
  expect((await request('GET', '/greeter/review', undefined, userKey)).status).toBe(403);
  expect(await request('GET', '/greeter/review')).toMatchObject({
    status: 200,
    body: {
      of: 'upgrade',
      parts: [{ name: 'Stop', definition: [{ field: 'always', before: null, after: 'true' }] }],
    },
  });
  expect(await request('GET', '/greeter/review/file?path=hooks%2Fhooks.json')).toMatchObject({
    status: 200,
    body: { before_bytes: null, diff: { added: 1, hunks: [{ lines: [`+${hooks}`] }] } },
  });
  const granted = await request('POST', '/greeter/activate', { grants: { hooks: ['Stop'] } });
  expect(granted.body).toMatchObject({ version: '2.0.0', granted: { hooks: ['Stop'] }, pending: null });
  expect((await request('POST', '/greeter/roll-back')).body).toMatchObject({ version: '1.0.0', state: 'active' });
  expect((await request('POST', '/greeter/deactivate')).body.state).toBe('disabled');
  expect((await request('DELETE', '/greeter')).status).toBe(204);
  expect((await request('GET', '/greeter')).status).toBe(404);
});

it('gives new sessions the MCP servers of active plugins, as they are configured, and no more after that', async () => {
  const fixture = join(import.meta.dirname, '../src/agent-process/mcp/fixtures/stdio-server.mjs');
  const env = { SHELF: '${user_config.shelf}', KEY: '${secret:SHELF_KEY}' };
  const shelf = { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/server.mjs'], env };
  const option = { type: 'string', title: 'Shelf', description: 'Which', default: 'lower' };
  const archive = packTar([
    {
      path: '.claude-plugin/plugin.json',
      content: JSON.stringify({ name: 'shelf', displayName: 'The Shelf', userConfig: { shelf: option } }),
    },
    { path: '.mcp.json', content: JSON.stringify({ mcpServers: { shelf } }) },
    { path: 'server.mjs', content: await readFile(fixture) },
  ]);
  await request('POST', '', toForm(archive, 'shelf.tgz'));
  await request('PUT', '/shelf/configuration', { shelf: 'upper' });
  for (const [query, value] of [
    ['', 'that of everybody'],
    ['?scope=user', secret],
  ])
    await server.fetch(`/api/v1/secrets/SHELF_KEY${query}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    });
  const grants = { secrets: ['SHELF_KEY'] };
  expect((await request('POST', '/shelf/activate', { grants })).body.state).toBe('active');
  // An operator tries it by hand, and nothing of that stays.
  const toServer = (does: string, body?: object, init: RequestInit = {}) =>
    server.fetch(`/api/v1/plugins/shelf/servers/shelf/${does}`, {
      ...{ method: 'POST', ...init },
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  const refused = await request('POST', '/shelf/servers/shelf/connect', undefined, userKey);
  expect(refused.status).toBe(403);
  const [tool] = ((await (await toServer('connect')).json()) as { tools: object[] }).tools;
  expect(tool).toMatchObject({ name: 'echo', description: 'The tool echo', input_schema: { type: 'object' } });
  const tested = (await (await toServer('test', { tool: 'echo', input: { a: 1 } })).json()) as object;
  const text = expect.stringMatching(/"SHELF":"upper".*"KEY":"\[hidden: SHELF_KEY\]"/) as string;
  expect(tested).toMatchObject({
    outcome: 'success',
    content: [{ type: 'text', text }],
    duration_ms: expect.any(Number),
  });
  expect(await (await toServer('test', { tool: 'die' })).json()).toMatchObject({
    ...{ outcome: 'failed', problem: expect.stringContaining('exit code 7'), content: [] },
  });
  const leaving = new AbortController();
  const left = toServer('test', { tool: 'hang' }, { signal: leaving.signal }).catch(() => undefined);
  const isRunning = async () => (await listCommandLines()).some((line) => line.includes(server.dataDir));
  await expect.poll(isRunning).toBe(true);
  expect((await toServer('test', { tool: 'echo' })).status).toBe(409);
  leaving.abort();
  await left;
  const trials = async () => (await server.fetch('/api/v1/audit?action=plugin.test')).text();
  await expect.poll(trials, { timeout: 10_000 }).toContain('"outcome":"cancelled"');
  const headers = { 'content-type': 'application/json' };
  const keys = '/api/v1/api-keys';
  const made = await server.fetch(keys, { method: 'POST', headers, body: JSON.stringify({ name: 'short' }) });
  const { id, key } = (await made.json()) as { id: string; key: string };
  const ended = request('POST', '/shelf/servers/shelf/test', { tool: 'hang' }, key);
  await expect.poll(isRunning).toBe(true);
  await server.fetch(`${keys}/${id}`, { method: 'DELETE' });
  expect((await ended).status).toBe(401);
  await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
  await expect.poll(() => readdir(join(server.dataDir, 'run/t')).catch(() => [])).toEqual([]);
  await expect.poll(trials).toMatch(/(?:"outcome":"cancelled".*){2}"outcome":"failure".*"outcome":"success"/s);
  expect(await trials()).not.toContain(secret);

  await using chat = await openChat(server);
  await chat.say('echo');
  const asked = await chat.waitForEvent('session.approval_requested');
  // Whoever answers is told whose tool it is.
  const plugin = { name: 'shelf', display_name: 'The Shelf' };
  const inbox = (await (await server.fetch('/api/v1/approvals')).json()) as object;
  expect([asked, ...chat.eventsOf('agent.mcp_tool_use')]).toMatchObject([{ plugin }, { plugin }]);
  expect(inbox).toMatchObject({ data: [{ tool_name: 'mcp__shelf__echo', plugin }] });
  const allowed = { result: 'allow', scope: 'session' } as const;
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, ...allowed });
  await chat.waitForTurns(1);
  const [result] = chat.eventsOf('agent.mcp_tool_result');
  const [content] = result?.content ?? [];
  const { env: got } = JSON.parse(content?.type === 'text' ? content.text : '') as { env: Record<string, string> };
  expect(got).toMatchObject({
    SHELF: 'upper',
    KEY: '[hidden: SHELF_KEY]',
    CLAUDE_PLUGIN_ROOT: expect.stringContaining('/plugins/shelf/') as string,
  });

  // The process has it, in its environment alone.
  for (const line of await listCommandLines()) expect(line).not.toContain(secret);
  const servers = async (way = '', method = 'GET') =>
    (await (await server.fetch(`/api/v1/sessions/${chat.sessionId}/mcp-servers${way}`, { method })).json()) as object;
  const ready = { name: 'shelf', plugin, transport: 'stdio', state: 'ready', problem: null };
  expect(await servers()).toMatchObject({ data: [{ ...ready, tools: expect.arrayContaining([tool]) as object[] }] });
  expect(await servers('/shelf/reconnect', 'POST')).toMatchObject({ data: [{ state: 'connecting' }] });
  await expect.poll(() => servers()).toMatchObject({ data: [ready] });
  expect((await request('GET', '/shelf')).body.health).toMatchObject({
    ...{ status: 'ok', calls: 1, errors: 0 },
    parts: [{ name: 'shelf', transport: 'stdio', state: 'ready', connected: 1, calls: 1, starts: 2, restarts: 0 }],
  });
  const audited = await (await server.fetch('/api/v1/audit?action=secret.use')).text();
  expect(audited).toContain('SHELF_KEY');
  const decided = await (await server.fetch('/api/v1/audit?action=tool.decide')).json();
  expect(decided).toMatchObject({ data: [{ details: { tool: 'shelf/mcp__shelf__echo', plugin: 'shelf' } }] });
  const seen = [audited, server.logs, JSON.stringify(chat.events), JSON.stringify(model.requests)].join('\n');
  expect(seen).not.toContain(secret);
  for (const name of (await readdir(server.dataDir)).filter((each) => each.startsWith('csp.db')))
    expect((await readFile(join(server.dataDir, name))).includes(secret), name).toBe(false);

  await chat.say('tell');
  await chat.waitForTurns(2);
  expect(textsOf(chat).at(-1)).toBe('It is [hidden: SHELF_KEY].');

  // The agent itself does not insist on being asked about a plugin's tool.
  await chat.say('echo');
  await chat.waitForTurns(3);
  expect(chat.eventsOf('session.approval_requested')).toHaveLength(1);
  expect(chat.eventsOf('agent.mcp_tool_result')).toHaveLength(2);

  expect((await request('DELETE', '/shelf')).status).toBe(204);
  await using later = await openChat(server);
  await later.say('echo');
  await later.waitForTurns(1);
  expect(later.eventsOf('agent.mcp_tool_result')).toEqual([]);
});

it('takes in a marketplace by the name of a plugin, a folder, and a bare server, and configures what can be', async () => {
  await using dir = await createWorkspaceDir();
  const write = async (path: string, content: unknown) => {
    await mkdir(dirname(join(dir.path, path)), { recursive: true });
    await writeFile(join(dir.path, path), JSON.stringify(content));
  };
  const plugins = [
    { name: 'one', source: './one' },
    { name: 'two', source: './two' },
  ];
  await write('.claude-plugin/marketplace.json', { name: 'market', owner: { name: 'o' }, plugins });
  await write('two/.claude-plugin/plugin.json', {
    ...{ name: 'two', mcpServers: { search: { command: 'search' } } },
    userConfig: { depth: { type: 'number', title: 'Depth', description: 'How deep', max: 9 } },
  });
  const source = { type: 'path', path: dir.path };
  const unnamed = await request('POST', '', { source });
  expect(unnamed.status).toBe(400);
  expect(unnamed.body.error.details['problems']).toMatchObject([
    { file: '.claude-plugin/marketplace.json', remedy: expect.stringMatching(/one, two/) as string },
  ]);
  expect((await request('POST', '', { source: { ...source, plugin: 'two' } })).body).toMatchObject({ name: 'two' });
  expect((await request('PUT', '/two/configuration', { depth: 10 })).status).toBe(400);
  expect((await request('PUT', '/two/configuration', { depth: 3 })).body).toMatchObject({
    configuration: { depth: 3 },
  });
  expect((await request('PUT', '/two/configuration', { depth: 3 }, userKey)).status).toBe(403);

  const mcp = {
    type: 'mcp',
    name: 'Docs_Server',
    url: 'https://docs.example.com/mcp',
    headers: { authorization: 'Bearer x' },
  };
  const bare = await request('POST', '', { source: mcp });
  expect(bare).toMatchObject({
    status: 201,
    body: { name: 'docs-server', parts: [{ kind: 'mcp_server', name: 'Docs_Server' }] },
  });
  expect(JSON.stringify(bare.body)).not.toContain('Bearer x');
  expect((await request('POST', '', { source: mcp })).status).toBe(409);

  // A change is an upgrade: it waits where the plugin serves, and takes no hidden value to another place.
  expect((await request('POST', '/docs-server/activate')).status).toBe(200);
  const { digest } = bare.body;
  const change = (given: object, key?: string) => request('PUT', '/docs-server/server', { digest, ...given }, key);
  const url = 'https://other.example.com/mcp';
  expect((await change({ url }, userKey)).status).toBe(403);
  const carried = await change({ url, headers: { authorization: null } });
  expect(carried.body.error.details['problems']).toMatchObject([{ field: 'headers.authorization' }]);
  expect((await change({ url: 'other.example.com' })).body.error.message).toContain('Begin with https://');
  expect((await change({ digest: 'other', url })).status).toBe(409);
  const waits = await change({ url, headers: { authorization: 'Bearer ${secret:DOCS}' } });
  expect(waits.body).toMatchObject({
    ...{ state: 'active', digest, source: { url: mcp.url, headers: { authorization: '…' } } },
    pending: { difference: { parts: [{ name: 'Docs_Server' }], secrets: ['DOCS'] } },
  });
  const granted = await request('POST', '/docs-server/activate', { grants: { secrets: ['DOCS'] } });
  expect(granted.body).toMatchObject({ source: { url, headers: { authorization: 'Bearer ${secret:DOCS}' } } });
  const audited = await (await server.fetch('/api/v1/audit?action=plugin.upgrade&target=docs-server')).text();
  expect(audited).toContain('"changed":["url","headers.authorization"]');
  expect(audited).not.toContain('Bearer');
  for (const name of ['two', 'docs-server']) await request('DELETE', `/${name}`);
});

describe('what is hostile', () => {
  it.each<[string, Buffer, RegExp]>([
    ['a path out of the archive', packTar([{ path: '../evil', content: 'x' }]), /leads out of its folder/],
    ['a link', packTar([{ path: 'a', type: 'SymbolicLink', linkpath: '/etc/passwd' }]), /is a link/],
    ['a bomb', packTar([{ path: 'a', content: Buffer.alloc(4 * 1024 * 1024) }]), /200 times its size/],
    ['a prototype name', packTar([{ path: '.mcp.json', content: '{"__proto__":{"command":"x"}}' }]), /__proto__/],
    ['no archive', Buffer.from('x'), /no archive/],
  ])('is refused: %s', async (_, archive, message) => {
    const answer = await request('POST', '', toForm(archive, 'x.tgz'));
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    expect(answer.body.error.message).toMatch(message);
    expect((await request('GET', '')).body).toMatchObject({ data: [] });
  });

  it.each([
    [{}, 'source'],
    [{ source: { type: 'path' } }, 'source.path'],
    [{ source: { type: 'shell', command: 'x' } }, 'source.type'],
    [{ source: { type: 'mcp', name: 'x' } }, 'source.command'],
    [{ source: { type: 'mcp', name: 'time server!', command: 'x' } }, 'source.name'],
    [{ source: { type: 'mcp', name: 'x', command: 'npx -y foo' } }, 'source.command'],
    [{ source: { type: 'mcp', name: 'x', url: 'x.example/mcp' } }, 'source.url'],
    [{ source: { type: 'git', url: 'ext::sh -c true' } }, undefined],
    [{ source: { type: 'git', url: 'https://x.example/a', ref: '--upload-pack=x' } }, undefined],
    [{ source: { type: 'npm', name: '../x' } }, undefined],
    [{ source: { type: 'npm', name: 'x', version: 'file:/etc' } }, undefined],
    [{ source: { type: 'path', path: '/etc', more: 1 } }, 'source.more'],
  ])('is refused: %j', async (body, field) => {
    const answer = await request('POST', '', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details['field']).toBe(field);
  });
});

describe('tools and endpoints of a plugin in TypeScript', () => {
  const FAULTY = join(import.meta.dirname, '../../../packages/plugin-api/test/fixtures/faulty');
  const send = (path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) =>
    fetch(`${server.url}/plugins/faulty${path}`, {
      ...init,
      headers: { authorization: `Bearer ${userKey}`, cookie: 'a=b', 'x-csp-actor-role': 'admin', ...init.headers },
    });

  it('answer whoever is signed in, without their credentials, from a process that ends with the plugin', async () => {
    await request('POST', '', { source: { type: 'path', path: FAULTY } });
    expect((await send('/items/1', { method: 'POST', body: 'x' })).status).toBe(404);
    await request('POST', '/faulty/activate');
    const answer = await send('/items/a?x=1', { method: 'POST', body: 'hello', headers: { 'content-type': 'text/x' } });
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ params: { id: 'a' }, query: { x: '1' }, body: 'hello', actor: { role: 'user' } });
    expect(body['headers']).toEqual(expect.arrayContaining(['content-type']));
    for (const name of ['authorization', 'cookie', 'x-csp-actor-role']) expect(body['headers']).not.toContain(name);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': expect.stringContaining('sandbox allow-scripts;'),
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect((await send('/items/a', { method: 'POST', headers: { authorization: '' } })).status).toBe(401);
    const large = await send('/items/a', { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const thrown = await send('/throw');
    expect([thrown.status, await thrown.text()]).toEqual([500, 'The plugin failed\n']);
  });

  it('are called by agents, in a process of the session', async () => {
    await using chat = await openChat(server);
    await chat.say('hello');
    await chat.waitForTurns(1);
    // On a busy machine its process may still start.
    const findState = async () => {
      const answer = await server.fetch(`/api/v1/sessions/${chat.sessionId}/mcp-servers`);
      const { data } = (await answer.json()) as { data: { name: string; state: string }[] };
      return data.find(({ name }) => name === 'faulty')?.state;
    };
    await expect.poll(findState, { timeout: 30_000 }).toBe('ready');
    await chat.say('typed');
    const asked = await chat.waitForEvent('session.approval_requested');
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'allow' });
    await chat.waitForTurns(2);
    const [content] = chat.eventsOf('agent.mcp_tool_result')[0]?.content ?? [];
    expect(content?.type === 'text' && JSON.parse(content.text)).toMatchObject({ text: 'a', inherited: [] });
  });

  it('that end their process fail for a while, and are shown as failed', async () => {
    expect((await send('/kill')).status).toBe(529);
    expect((await send('/kill')).status).toBe(529);
    expect((await request('GET', '/faulty')).body.health).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('its process ended'),
    });
    await expect.poll(async () => (await send('/items/1', { method: 'POST' })).status, { timeout: 30_000 }).toBe(200);
    expect((await request('GET', '/faulty')).body.health).toMatchObject({
      status: 'ok',
      parts: expect.arrayContaining([
        expect.objectContaining({ kind: 'endpoints', state: 'ready', restarts: 0, last_problem: expect.anything() }),
      ]),
    });
    await request('DELETE', '/faulty');
    expect((await send('/items/1', { method: 'POST' })).status).toBe(404);
  });
});
