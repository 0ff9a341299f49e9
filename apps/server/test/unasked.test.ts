import Anthropic from '@anthropic-ai/sdk';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Bootstrap, SessionOptions, WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const scenarios: Scenario[] = [{ reply: [useTool('Bash', { command: 'touch made' }), say('Made.')] }];
/** Nothing confines agents here. */
const { server } = await useStage(scenarios, { CLAUDE_SDK_PATTERN_LAUNCHER: 'local' });
const userKey = await createUserKey(server, 'bob');
const user = { ...server, apiKey: userKey };
const mode = { permission_mode: 'bypassPermissions' };

async function listModes(apiKey: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const bootstrap = (await (await fetch(`${server.url}/api/v1/bootstrap`, { headers })).json()) as Bootstrap;
  return bootstrap.permission_modes;
}

it('refuses a user the mode that never asks where agents are not confined, and says why', async () => {
  await using socket = await connectRawWebSocket(server, { apiKey: userKey });
  const refused = { type: 'permission_error', message: expect.stringContaining('not confined') };
  expect(await socket.request({ type: 'session.create', session: mode })).toMatchObject({ error: refused });
  const created = await socket.request({ type: 'session.create' });
  const { session } = (created as unknown as { result: { session: { id: string } } }).result;
  const update = { type: 'session.update', session_id: session.id, ...mode };
  expect(await socket.request(update)).toMatchObject({ error: refused });
  const response = await fetch(`${server.url}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${userKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(mode),
  });
  expect(response.status).toBe(403);
  expect(await listModes(userKey)).toEqual(['default', 'acceptEdits', 'plan']);
});

it('refuses it to an administrator too, who can allow what agents need in the policy', async () => {
  expect(await listModes(server.apiKey)).not.toContain('bypassPermissions');
  await expect(openChat(server, { session: mode })).rejects.toThrow('not confined');
  const rules = [{ effect: 'allow', rule: 'Bash(touch *)', roles: ['admin'] }];
  const put = {
    method: 'PUT',
    body: JSON.stringify({ version: 0, rules }),
    headers: { 'content-type': 'application/json' },
  };
  expect((await server.fetch('/api/v1/policy', put)).status).toBe(200);
  await using chat = await openChat(server);
  await chat.say('make it');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.approval_requested')).toEqual([]);
});

it('asks a user also about tools that an agent of theirs would let run', async () => {
  const { agents } = new Anthropic({ baseURL: server.url, apiKey: userKey, maxRetries: 0 }).beta;
  const tools = [{ type: 'agent_toolset_20260401' as const }];
  const agent = await agents.create({ name: 'Maker', model: 'opus', tools });
  await using chat = await openChat(user, { session: { agent: agent.id } });
  await chat.say('make it');
  const { event_id } = await chat.waitForEvent('session.approval_requested');
  expect(chat.eventsOf('agent.tool_use')).toMatchObject([{ evaluated_permission: 'ask' }]);
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'allow' });
  await chat.waitForTurns(1);
});

/** Asks as somebody. */
async function ask<T>(
  apiKey: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'x-api-key': apiKey, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** A session with these files in its workspace, which its owner has written by hand. */
async function createWithFiles(apiKey: string, files: Record<string, string>): Promise<string> {
  const { body } = await ask<{ id: string }>(apiKey, 'POST', '/v1/sessions', { body: {} });
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split('/').slice(0, -1);
    // What is there already is refused.
    for (const at of parts.keys())
      await ask(apiKey, 'POST', `/api/v1/sessions/${body.id}/workspace/folders`, {
        body: { path: parts.slice(0, at + 1).join('/') },
      });
    const to = `/api/v1/sessions/${body.id}/workspace/file?path=${encodeURIComponent(path)}`;
    const written = await ask(apiKey, 'PUT', to, { body: { text }, headers: { 'if-none-match': '*' } });
    expect(written.status).toBe(200);
  }
  return `/api/v1/sessions/${body.id}`;
}

it('lets only administrators have run what a workspace brings, as long as they are', async () => {
  const hooks = { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] };
  const files = { '.claude/settings.json': JSON.stringify({ hooks }) };
  const own = await createWithFiles(userKey, files);
  const { body: seen } = await ask<WorkspaceTrustReview>(userKey, 'GET', `${own}/workspace/trust`);
  expect(seen.places).toMatchObject([{ state: 'untrusted', problem: expect.stringContaining('administrators') }]);
  const body = { digest: seen.digest };
  expect(await ask(userKey, 'PUT', `${own}/workspace/trust`, { body })).toMatchObject({
    ...{ status: 403, body: { error: { message: expect.stringContaining('not confined') } } },
  });

  const key = await createUserKey(server, 'carol');
  const { body: users } = await ask<{ data: { id: string; name: string }[] }>(server.apiKey, 'GET', '/api/v1/users');
  const { id } = users.data.find(({ name }) => name === 'carol') ?? { id: '' };
  const setRole = (role: string) => ask(server.apiKey, 'PATCH', `/api/v1/users/${id}`, { body: { role } });
  await setRole('admin');
  const path = await createWithFiles(key, files);
  const { body: review } = await ask<WorkspaceTrustReview>(key, 'GET', `${path}/workspace/trust`);
  const trusted = await ask(key, 'PUT', `${path}/workspace/trust`, { body: { digest: review.digest } });
  expect(trusted.body).toMatchObject({ is_trusted: true });
  const listPlugins = async () => (await ask<SessionOptions>(key, 'GET', `${path}/options`)).body.plugins;
  expect(await listPlugins()).toMatchObject([{ name: 'workspace' }]);
  await setRole('user');
  expect(await listPlugins()).toEqual([]);
});

it('runs no program by git that a repository configures, whoever looks at it', async () => {
  const files = {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/config': '[filter "mark"]\n\tclean = touch ran\n',
    '.git/objects/info/none': '',
    '.git/refs/none': '',
    '.gitattributes': '* filter=mark\n',
    'a.txt': 'one\n',
  };
  for (const [key, problem] of [
    [userKey, 'Only administrators'],
    [server.apiKey, 'filter.mark.clean'],
  ] as const) {
    const path = await createWithFiles(key, files);
    const list = await ask(key, 'GET', `${path}/workspace/git`);
    expect(list.body).toMatchObject({ data: [{ path: '', problem: expect.stringContaining(problem) }] });
    const staged = await ask(key, 'POST', `${path}/workspace/git/stage`, { body: { repository: '', paths: null } });
    expect(staged.status).toBe(key === userKey ? 403 : 409);
    expect((await ask(key, 'GET', `${path}/workspace/file?path=ran`)).status).toBe(404);
  }
});
