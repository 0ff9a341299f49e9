import type { Bootstrap, PendingApprovalList, Policy, PolicyRule } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { openChat, textsOf, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { findSandboxProblemHere } from './support/sandbox.ts';
import { useStage } from './support/use-stage.ts';

/** The model runs whatever command the person gives it. */
const scenarios: Scenario[] = [
  {
    match: { userText: /^run: / },
    reply: [(conversation) => useTool('Bash', { command: conversation.userText.slice('run: '.length) }), say('Done.')],
  },
];
const { server } = await useStage(scenarios);
const userKey = await createUserKey(server, 'bob');
const problem = await findSandboxProblemHere();

async function request(
  method: string,
  path: string,
  { body, key = server.apiKey }: { body?: unknown; key?: string } = {},
) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/api/v1/policy${path}`, {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const getPolicy = async () => (await request('GET', '')).body as unknown as Policy;

async function putRules(rules: readonly PolicyRule[], more: Partial<Policy> = {}): Promise<Policy> {
  const { version } = await getPolicy();
  const { status, body } = await request('PUT', '', { body: { version, rules, ...more } });
  expect(status).toBe(200);
  return body as unknown as Policy;
}

async function run(chat: Chat, command: string): Promise<void> {
  const turns = chat.eventsOf('session.turn_completed').length;
  await chat.say(`run: ${command}`);
  await chat.waitForTurns(turns + 1);
}

it('is read by operators and changed by administrators, one version after the other', async () => {
  expect(await request('GET', '', { key: userKey })).toMatchObject({
    status: 403,
    body: { error: { type: 'permission_error' } },
  });
  const before = await getPolicy();
  const rules: PolicyRule[] = [{ effect: 'deny', rule: 'Bash(rm *)', roles: ['user'], reason: 'No' }];
  const body = { version: before.version, rules };
  expect((await request('PUT', '', { body, key: userKey })).status).toBe(403);
  expect(await request('PUT', '', { body })).toEqual({
    status: 200,
    body: { version: before.version + 1, rules, never_ask: [], approval_timeout_seconds: 86_400 },
  });
  expect(await request('PUT', '', { body })).toMatchObject({
    status: 409,
    body: { error: { type: 'invalid_request_error' } },
  });
  expect(await getPolicy()).toMatchObject({ version: before.version + 1, rules });
});

it('refuses a rule that it cannot parse, and says which and what to write', async () => {
  const { version } = await getPolicy();
  const rules = [
    { effect: 'allow', rule: 'Bash(git *)' },
    { effect: 'allow', rule: 'Bash(git *' },
  ];
  expect(await request('PUT', '', { body: { version, rules } })).toMatchObject({
    status: 400,
    body: {
      error: {
        type: 'invalid_request_error',
        message: expect.stringMatching(/^rules\[1\].*Bash\(git \*\)/),
        details: { field: 'rules[1].rule', index: 1, remedy: expect.stringContaining('Write ') },
      },
    },
  });
  for (const rule of [
    { effect: 'never', rule: 'Bash' },
    { effect: 'allow', rule: 'Bash', roles: ['owner'] },
  ]) {
    expect((await request('PUT', '', { body: { version, rules: [rule] } })).status).toBe(400);
  }
  expect((await getPolicy()).version).toBe(version);
});

it('acts on the next call of a running session: the agent is told, and its turn goes on', async () => {
  await using chat = await openChat(server);
  await putRules([{ effect: 'allow', rule: 'Bash(touch *)' }]);
  await run(chat, 'touch made');
  await putRules([{ effect: 'deny', rule: 'Bash(touch *)', reason: 'Nothing is made today' }]);
  await run(chat, 'sudo touch again');
  expect(chat.eventsOf('agent.tool_use').map((call) => call.evaluated_permission)).toEqual(['allow', 'deny']);
  expect(chat.eventsOf('agent.tool_use').at(-1)).toMatchObject({
    denied_by: { layer: 'platform', rule: expect.stringContaining('touch') as string },
  });
  const result = chat.eventsOf('agent.tool_result').at(-1);
  expect(result?.is_error).toBe(true);
  expect(result?.content).toEqual([{ type: 'text', text: 'Nothing is made today' }]);
  expect(textsOf(chat).at(-1)).toBe('Done.');
  expect(chat.eventsOf('session.approval_requested')).toEqual([]);
});

it('asks a person, and names layer and rule', async () => {
  await putRules([
    { effect: 'allow', rule: 'Bash' },
    { effect: 'ask', rule: 'Bash(touch *)', roles: ['admin'] },
  ]);
  await using chat = await openChat(server);
  await chat.say('run: echo x > a; touch made');
  const asked = await chat.waitForEvent('session.approval_requested');
  expect(asked).toMatchObject({ asked_by: { layer: 'role', rule: 'Bash(touch *)' }, session_rule: null });
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'deny' });
  await chat.waitForTurns(1);
});

/** The session of bob, with one call that waits, and everybody's way to it. */
async function askBob(command: string) {
  const chat = await openChat({ ...server, apiKey: userKey });
  await chat.say(`run: ${command}`);
  const asked = await chat.waitForEvent('session.approval_requested');
  await chat.waitForEvent('session.status_idle');
  const as = (key: string) => async (method: string, path: string, body?: unknown) => {
    const headers = { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
  };
  const path = `/v1/sessions/${chat.sessionId}`;
  const handOver = `/api${path}/approvals/${asked.event_id}/hand-over`;
  const answer = (result: string, more: object = {}) => ({
    events: [{ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result, ...more }],
  });
  const share = async (userId: string, level: string) =>
    (await as(userKey)('PUT', `/api${path}/shares/${userId}`, { level })).status;
  return { chat, asked, as, path, handOver, answer, share };
}

async function addPerson(name: string, role: string) {
  const key = await createUserKey(server, name);
  const id = (
    (await (await fetch(`${server.url}/api/v1/bootstrap`, { headers: { 'x-api-key': key } })).json()) as Bootstrap
  ).user.id;
  const headers = { 'x-api-key': server.apiKey, 'content-type': 'application/json' };
  if (role !== 'user')
    await fetch(`${server.url}/api/v1/users/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ role }) });
  return { id, key, name };
}
const grace = await addPerson('grace', 'operator');
const dora = await addPerson('dora', 'user');

const readAudit = async (action: string) => {
  const response = await fetch(`${server.url}/api/v1/audit?action=${action}`, {
    headers: { 'x-api-key': server.apiKey },
  });
  return ((await response.json()) as { data: Record<string, unknown>[] }).data;
};

it('lets operators answer what was handed to them, and see nothing else of the session', async () => {
  await putRules([]);
  const { chat, asked, as, path, handOver, answer } = await askBob('touch handed');
  await using _ = chat;
  const { event_id } = asked;
  const [bob, operator, stranger] = [as(userKey), as(grace.key), as(dora.key)];
  const card = `/api/v1/approvals/${event_id}`;
  const before = await operator('POST', `${path}/events`, answer('allow'));
  expect(before).toMatchObject({ status: 404, body: { error: { message: `There is no session ${chat.sessionId}` } } });
  expect((await operator('GET', card)).status).toBe(404);
  expect((await stranger('PUT', handOver, {})).status).toBe(404);
  expect(await bob('PUT', handOver, { note: 'May it?' })).toMatchObject({ status: 200, body: { note: 'May it?' } });

  const listed = {
    ...{ event_id, session_id: chat.sessionId, owner: { name: 'bob' }, session_visible: false, may_allow: true },
    handed_over: { by: { name: 'bob' }, note: 'May it?' },
  };
  expect((await operator('GET', '/api/v1/approvals')).body).toMatchObject({ data: [listed] });
  const made = await operator('POST', '/api/v1/api-keys', { name: 'reader', scopes: ['read'] });
  const reader = as((made.body as { key: string }).key);
  const read = { ...listed, may_answer: false, may_allow: false };
  expect((await reader('GET', '/api/v1/approvals')).body).toMatchObject({ data: [read] });
  expect((await reader('POST', `${path}/events`, answer('allow'))).status).toBe(403);
  expect(await operator('GET', card)).toMatchObject({ body: { ...listed, input: { command: 'touch handed' } } });
  expect((await operator('GET', path)).status).toBe(404);
  expect((await operator('GET', `${path}/events`)).status).toBe(404);
  const message = { events: [...answer('allow').events, { type: 'user.interrupt' }] };
  expect((await operator('POST', `${path}/events`, message)).status).toBe(404);
  expect((await operator('POST', `${path}/events`, answer('allow', { scope: 'session' }))).status).toBe(403);
  expect((await stranger('GET', card)).status).toBe(404);
  expect((await stranger('POST', `${path}/events`, answer('allow'))).status).toBe(404);

  expect((await bob('DELETE', handOver)).status).toBe(204);
  // Who looks at it meanwhile is told why it has gone.
  const back = { status: 409, body: { error: { details: { answer: { result: 'taken_back', by: { name: 'bob' } } } } } };
  expect(await operator('POST', `${path}/events`, answer('allow'))).toMatchObject(back);
  expect(await operator('GET', card)).toMatchObject(back);
  expect((await stranger('GET', card)).status).toBe(404);
  expect((await operator('GET', '/api/v1/approvals')).body).toEqual({ data: [], next_page: null });
  expect(await bob('PUT', handOver, {})).toMatchObject({ status: 200 });
  expect((await operator('POST', `${path}/events`, answer('allow'))).status).toBe(200);
  await chat.waitForTurns(1);
  expect(chat.eventsOf('user.tool_confirmation')).toMatchObject([{ actor: { id: grace.id }, result: 'allow' }]);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([{ is_error: false }]);
  // Late, they are told how it ended, and still nothing of the session.
  const late = await operator('POST', `${path}/events`, answer('deny'));
  expect(late).toMatchObject({ status: 409, body: { error: { details: { answer: { by: { name: 'grace' } } } } } });
  expect((await bob('PUT', handOver, {})).status).toBe(404);
  const told = chat.events.flatMap(({ type }) => (/_handed_over|_taken_back/.test(type) ? [type] : []));
  const [out, returned] = ['session.approval_handed_over', 'session.approval_taken_back'];
  expect(told).toEqual([out, returned, out]);
  expect(await readAudit('approval.hand_over')).toHaveLength(2);
  expect(await readAudit('approval.take_back')).toMatchObject([{ actor: { type: 'user' }, details: { event_id } }]);
  const [answered] = await readAudit('approval.answer');
  expect(answered).toMatchObject({
    actor: { id: grace.id },
    outcome: 'allow',
    details: { handed_over: true, call: 'touch handed' },
  });
});

it('lets only a second person allow what a rule demands one for, and sets its time', async () => {
  const rule = { effect: 'ask', rule: 'Bash(touch *)', four_eyes: true, expires_in_seconds: 600 } as const;
  await putRules([rule, { effect: 'ask', rule: 'Bash', expires_in_seconds: 900 }]);
  const badRule = { version: (await getPolicy()).version, rules: [{ ...rule, effect: 'allow' }] };
  expect((await request('PUT', '', { body: badRule })).status).toBe(400);
  const { chat, asked, as, path, handOver, answer, share } = await askBob('echo x && touch four');
  await using _ = chat;
  const bobId = chat.eventsOf('user.message')[0]?.actor?.id;
  expect(asked).toMatchObject({ four_eyes: [bobId], session_rule: null });
  const [bob, other] = [as(userKey), as(dora.key)];
  const listOf = async (who: typeof bob) => ((await who('GET', '/api/v1/approvals')).body as PendingApprovalList).data;
  const [mine] = await listOf(bob);
  expect(mine).toMatchObject({ four_eyes: true, may_allow: false });
  expect(Date.parse(mine?.expires_at ?? '') - Date.parse(mine?.requested_at ?? '')).toBeCloseTo(600_000, -3);
  // Nobody of the session may allow it, so operators have it at once, and nobody takes it back from them.
  const handed = { event_id: asked.event_id, handed_over: { by: null }, may_allow: true, session_visible: false };
  expect(await listOf(as(grace.key))).toMatchObject([handed]);
  expect(chat.eventsOf('session.approval_handed_over')).toMatchObject([{ event_id: asked.event_id, actor: null }]);
  expect((await bob('DELETE', handOver)).status).toBe(409);

  const refused = await bob('POST', `${path}/events`, answer('allow'));
  expect(refused).toMatchObject({ status: 403, body: { error: { details: { four_eyes: true } } } });
  await share(dora.id, 'drive');
  expect((await other('POST', `${path}/events`, answer('allow'))).status).toBe(403);
  await share(dora.id, 'manage');
  expect(await listOf(other)).toMatchObject([{ may_allow: true, session_visible: true }]);
  expect((await other('POST', `${path}/events`, answer('allow'))).status).toBe(200);
  await chat.waitForTurns(1);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([{ is_error: false }]);

  // Who wrote the message may not allow what it led to, whatever they may do in the session; the owner may still deny.
  const content = [{ type: 'text', text: 'run: touch five' }];
  await other('POST', `${path}/events`, { events: [{ type: 'user.message', content }] });
  // Nor may anybody before it is known who may.
  const call = await chat.waitForEvent('agent.tool_use', ({ id }) => id !== asked.event_id);
  const allow = { type: 'user.tool_confirmation', tool_use_id: call.id, result: 'allow' };
  const early = await bob('POST', `${path}/events`, { events: [allow] });
  expect([403, 409]).toContain(early.status);
  const next = await chat.waitForEvent('session.approval_requested', ({ event_id }) => event_id !== asked.event_id);
  expect(next.four_eyes).toEqual([bobId, dora.id]);
  const answerNext = (result: string) => ({
    events: [{ type: 'user.tool_confirmation', tool_use_id: next.event_id, result }],
  });
  await chat.waitForEvent('session.status_idle', ({ stop_reason: stop }) =>
    JSON.stringify(stop).includes(next.event_id),
  );
  expect((await other('POST', `${path}/events`, answerNext('allow'))).status).toBe(403);
  expect((await bob('POST', `${path}/events`, answerNext('deny'))).status).toBe(200);
  await chat.waitForTurns(2);
  expect(await readAudit('approval.hand_over')).toMatchObject([
    ...[next, asked].map(({ event_id }) => ({ actor: { type: 'system' }, details: { event_id, four_eyes: true } })),
    ...[{ actor: { type: 'user' } }, { actor: { type: 'user' } }],
  ]);
  const told = await readAudit('approval.answer');
  expect(told.filter(({ outcome }) => outcome === 'failure')).toHaveLength(early.status === 403 ? 4 : 3);
  expect(told.find(({ outcome }) => outcome === 'deny')).toMatchObject({ details: { four_eyes: true } });
});

it('says what would happen to a call', async () => {
  await putRules([
    { effect: 'deny', rule: 'Bash(rm *)', reason: 'No' },
    { effect: 'ask', rule: 'WebFetch', roles: ['user'] },
    { effect: 'allow', rule: 'Edit(src/**)' },
  ]);
  const test = (body: object, key?: string) => request('POST', '/test', { body, ...(key !== undefined && { key }) });
  const rm = { tool_name: 'Bash', input: { command: 'ls && rm x' } };
  expect(await test(rm, userKey)).toMatchObject({ status: 403 });
  expect(await test(rm)).toEqual({
    status: 200,
    body: { effect: 'deny', layer: 'platform', rule: 'Bash(rm *)', reason: 'No', known_tool: true },
  });
  expect((await test({ ...rm, tool_name: 'bash' })).body).toMatchObject({ known_tool: false });
  const fetching = { tool_name: 'WebFetch', input: { url: 'https://example.com/' } };
  expect((await test({ ...fetching, role: 'user' })).body).toMatchObject({ effect: 'ask', layer: 'role' });
  expect((await test({ ...fetching, role: 'admin' })).body).toMatchObject({
    effect: 'ask',
    layer: 'default',
    rule: null,
  });
  expect((await test({ tool_name: 'Write', input: { file_path: 'src/a.ts' } })).body).toMatchObject({
    effect: 'allow',
  });
  expect((await test({ ...rm, agent: 'agent_none' })).status).toBe(404);

  // Rules that are not saved, which stay so.
  const { version } = await getPolicy();
  const rules = [{ effect: 'ask', rule: 'Bash(rm *)', reason: 'Perhaps' }];
  expect((await test({ ...rm, rules })).body).toMatchObject({ effect: 'ask', reason: 'Perhaps' });
  expect((await test({ ...rm, rules: [...rules, { effect: 'allow', rule: 'Bash(' }] })).body).toMatchObject({
    error: { details: { index: 1 } },
  });
  expect((await test({ ...rm, rules }, userKey)).status).toBe(403);
  expect(await getPolicy()).toMatchObject({ version });
  expect((await test(rm)).body).toMatchObject({ effect: 'deny' });
  expect((await test({ tool_name: 'mcp__none__x', permission_mode: 'plan' })).body).toMatchObject({ layer: 'session' });
});

it.skipIf(problem !== undefined)('lets a role never ask once an administrator has granted it', async () => {
  const listModes = async () => {
    const response = await fetch(`${server.url}/api/v1/bootstrap`, { headers: { 'x-api-key': userKey } });
    return ((await response.json()) as Bootstrap).permission_modes;
  };
  const user = { ...server, apiKey: userKey };
  const session = { permission_mode: 'bypassPermissions' } as const;
  await putRules([]);
  expect(await listModes()).not.toContain('bypassPermissions');
  await expect(openChat(user, { session })).rejects.toThrow('Your role');
  await putRules([], { never_ask: ['user'] });
  expect(await listModes()).toContain('bypassPermissions');
  await using chat = await openChat(user, { session });
  await run(chat, 'touch made');
  expect(chat.eventsOf('agent.tool_use')).toMatchObject([{ evaluated_permission: 'allow' }]);
  // Taken back, the session asks, whatever its mode says.
  await putRules([], { never_ask: [] });
  await chat.say('run: touch again');
  await chat.waitForEvent('session.approval_requested');
});
