import type { SessionRuleList } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { openChat, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const commandIs = (text: string, command: string): Scenario => ({
  match: { userText: text },
  reply: [useTool('Bash', { command }), say('Done.')],
});
const scenarios: Scenario[] = [
  commandIs('make it', 'touch made'),
  commandIs('blank', 'touch made '),
  commandIs('hidden', 'touch\u200b made'),
  { match: { userText: 'outside' }, reply: [useTool('Write', { file_path: '/etc/none', content: '' }), say('No.')] },
];
const { server } = await useStage(scenarios);

async function request(chat: Chat, method: string, path = '', apiKey = server.apiKey): Promise<Response> {
  const headers = { authorization: `Bearer ${apiKey}` };
  return fetch(`${server.url}/api/v1/sessions/${chat.sessionId}/rules${path}`, { method, headers });
}

async function listRules(chat: Chat): Promise<SessionRuleList['data']> {
  return ((await (await request(chat, 'GET')).json()) as SessionRuleList).data;
}

async function ask(chat: Chat, text: string) {
  const before = chat.eventsOf('session.approval_requested').length;
  await chat.say(text);
  await chat.socket.waitFor(() => chat.eventsOf('session.approval_requested').length > before);
  const asked = chat.eventsOf('session.approval_requested').at(-1);
  if (asked === undefined) throw new Error('Nobody was asked');
  return asked;
}

async function allow(chat: Chat, eventId: string, scope: 'once' | 'session'): Promise<void> {
  const turns = chat.eventsOf('session.turn_completed').length;
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: eventId, result: 'allow', scope });
  await chat.waitForTurns(turns + 1);
}

it('lists what was allowed for the session, and asks again once it is taken back', async () => {
  await using chat = await openChat(server);
  await using otherTab = await openChat(server, { sessionId: chat.sessionId });
  const asked = await ask(chat, 'make it');
  const subject = {
    ...{ rule: 'Bash(touch made)', tool_name: 'Bash', kind: 'command', pattern: 'touch made', mcp_server_name: null },
  };
  expect(asked).toMatchObject({ session_rule: 'Bash(touch made)', rule: subject });
  await allow(chat, asked.event_id, 'session');
  const [granted] = chat.eventsOf('session.rule_granted');
  expect(granted).toMatchObject({
    event_id: asked.event_id,
    rule: { ...subject, granted_by: { name: expect.any(String) } },
  });
  expect(await listRules(chat)).toEqual([granted?.rule]);

  await chat.say('make it again');
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.approval_requested')).toHaveLength(1);

  expect((await request(chat, 'DELETE', `/${granted?.rule.id}`)).status).toBe(204);
  const revoked = await otherTab.waitForEvent('session.rule_revoked');
  expect(revoked).toMatchObject({ rule: granted?.rule, actor: granted?.rule.granted_by });
  expect(await listRules(chat)).toEqual([]);
  expect((await request(chat, 'DELETE', `/${granted?.rule.id}`)).status).toBe(404);
  await allow(chat, (await ask(chat, 'make it once more')).event_id, 'once');

  const audit = await (await server.fetch(`/api/v1/audit?order=asc&target=${chat.sessionId}`)).json();
  const { data } = audit as { data: { action: string; outcome: string; details: Record<string, unknown> }[] };
  expect(data.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'session.create success',
    ...['tool.decide ask', 'approval.answer allow', 'tool.run success'],
    ...['tool.decide allow', 'tool.run success', 'rule.revoke success'],
    ...['tool.decide ask', 'approval.answer allow', 'tool.run success'],
  ]);
  const [, decided, answered, , allowed] = data;
  expect([decided?.details['layer'], allowed?.details['layer']]).toEqual(['default', 'session']);
  expect(answered?.details).toMatchObject({ input_sha256: decided?.details['input_sha256'], scope: 'session' });
  expect(answered?.details['shown_sha256']).toMatch(/^[0-9a-f]{64}$/);
  // People were asked about it; a rule that allows a call is told without what it was.
  expect(decided?.details['call']).toContain('touch');
  expect(allowed?.details).not.toHaveProperty('call');
  expect(JSON.stringify(data.map(({ details: { call: _, ...rest } }) => rest))).not.toContain('touch');
});

it('keeps a rule for the command as it is, to the last blank and character that cannot be seen', async () => {
  await using chat = await openChat(server);
  await allow(chat, (await ask(chat, 'make it')).event_id, 'session');
  for (const [text, pattern] of [
    ['blank', 'touch made '],
    ['hidden', 'touch\u200b made'],
  ] as const) {
    const asked = await ask(chat, text);
    expect(asked.rule?.pattern).toBe(pattern);
    await allow(chat, asked.event_id, 'once');
  }
});

it('offers no rule where it would not let the call pass', async () => {
  await using chat = await openChat(server);
  const asked = await ask(chat, 'outside');
  expect(asked).toMatchObject({ session_rule: null, rule: null });
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'deny' });
  await chat.waitForTurns(1);
});

it('is not for others to see or to change', async () => {
  await using chat = await openChat(server);
  await allow(chat, (await ask(chat, 'make it')).event_id, 'session');
  const other = await createUserKey(server, 'bob');
  const [rule] = await listRules(chat);
  expect((await request(chat, 'GET', '', other)).status).toBe(404);
  expect((await request(chat, 'DELETE', `/${rule?.id}`, other)).status).toBe(404);
  expect(await listRules(chat)).toHaveLength(1);
});
