import { readFileSync, readdirSync } from 'node:fs';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { answerApprovals } from '../examples/answer-approvals.ts';
import { ask } from '../examples/ask.ts';
import { describeConnection } from '../examples/describe-connection.ts';
import { openAtEnd } from '../examples/open-at-end.ts';
import { sendPatiently } from '../examples/send-patiently.ts';
import { createClient, type Client } from '../src/index.ts';
import { startChatServer } from './chat-server.ts';
import { createHastyClock } from './manual-clock.ts';

const EXAMPLES = new URL('../examples/', import.meta.url);
const read = (url: URL) => readFileSync(url, 'utf8');

let model: Awaited<ReturnType<typeof startScriptedModel>>;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({
    scenarios: [
      { match: { userText: 'write' }, reply: [useTool('Write', { file_path: 'a.txt', content: 'a' }), say('Noted.')] },
      { match: {}, reply: [say('42')] },
    ],
  });
  server = await startServer({ upstreamUrl: model.url });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

const connect = () => createClient({ url: server.url, apiKey: server.apiKey });

async function sayAndWait(client: Client, sessionId: string, text: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  const attachment = client.attach(sessionId, { tail: 0, onEvent: (event) => events.push(event) });
  await client.send(sessionId, [{ type: 'user.message', content: [{ type: 'text', text }] }]);
  const isEnd = (event: SessionEvent) =>
    event.type === 'session.status_idle' && event.stop_reason.type !== 'requires_action';
  await until('the turn has ended', () => events.some(isEnd));
  attachment.detach();
  return events;
}

test('the guide shows the examples that are run here, and no others', () => {
  const guide = read(new URL('../../../docs/guide/client.md', import.meta.url));
  const shown = Array.from(guide.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code);
  const examples = readdirSync(EXAMPLES).map((name) => read(new URL(name, EXAMPLES)));
  expect(new Set(shown)).toEqual(new Set(examples));
  expect(shown).toHaveLength(examples.length);
});

test('asks a question and returns the answer', async () => {
  expect(await ask(server.url, server.apiKey, 'What is it?')).toBe('42');
});

test('opens a session at its end, and reads back to its beginning', async () => {
  await using client = connect();
  const { session } = await client.createSession();
  for (let turn = 1; turn <= 12; turn += 1) await sayAndWait(client, session.id, `Question ${turn}`);
  const { events, attachment, loadOlder } = openAtEnd(client, session.id);
  await until('the end is there', () => events.length === 50);
  expect(attachment.firstSeq).toBe(attachment.lastSeq - 49);
  while (await loadOlder());
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: attachment.lastSeq }, (_, index) => index + 1));
});

test.each([
  [true, false],
  [false, true],
])('answers approvals: allowed is %s', async (allowed, isError) => {
  await using client = connect();
  const { session } = await client.createSession();
  const asked: string[] = [];
  using _ = answerApprovals(client, session.id, (toolName) => {
    asked.push(toolName);
    return allowed;
  });
  const events = await sayAndWait(client, session.id, 'write a file');
  expect(asked).toEqual(['Write']);
  expect(events.find((event) => event.type === 'agent.tool_result')).toMatchObject({ is_error: isError });
});

test('sends again under the same id when it is told to', async () => {
  await using chat = await startChatServer();
  await using client = createClient({ url: chat.url, clock: createHastyClock(50) });
  const { session } = await client.createSession();
  let failures = 6;
  chat.decide = (frame) =>
    frame.type === 'session.send' && (failures -= 1) >= 0 ? { type: 'overloaded_error', message: 'full' } : 'serve';
  const reasons: string[] = [];
  const sent = await sendPatiently(client, session.id, 'hello', async ({ type }) => reasons.push(type) < 9);
  expect(sent).toBeDefined();
  expect(reasons).toEqual(['overloaded_error']);
  expect(chat.journals.get(session.id)).toHaveLength(1);
});

test('describes every state of the connection', () => {
  expect(describeConnection({ state: 'connecting' }, 0)).toContain('Connecting');
  expect(describeConnection({ state: 'live', transport: 'websocket' }, 0)).toBe('Connected.');
  expect(describeConnection({ state: 'live', transport: 'sse' }, 0)).toContain('HTTP');
  expect(
    describeConnection({ state: 'reconnecting', attempt: 2, retryAt: 2500, cause: 'closed', lastHeardAt: 0 }, 1000),
  ).toContain('in 2 s');
  expect(describeConnection({ state: 'closed', reason: 'unauthenticated' }, 0)).toContain('sign in');
});
