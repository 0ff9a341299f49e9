import Anthropic from '@anthropic-ai/sdk';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Bootstrap } from '@claude-sdk-pattern/protocol';
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
