import { join } from 'node:path';

import type { PendingApprovalList, PushState, SessionEvent, UserEventParams } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import Anthropic from '@anthropic-ai/sdk';
import { until } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';

import { waitForCli } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { createPushBrowser, readVapid } from './support/push-browser.ts';
import { useReceiver, type Received } from './support/receiver.ts';
import { useStage } from './support/use-stage.ts';

/** A call with an effect that shows in its result: the file has a line for each time that it ran. */
const append = (word: string) => useTool('Bash', { command: `echo ${word} >> ${word}.txt && cat ${word}.txt` });
const list = useTool('Bash', { command: 'ls' });
const question = {
  question: 'Which colour?',
  header: 'Colour',
  multiSelect: false,
  options: [
    { label: 'Red', description: 'Like a rose' },
    { label: 'Blue', description: 'Like the sea' },
  ],
};

/** Made up, in the shape of a GitHub token. */
const TOKEN = `ghp_${'k7Q2'.repeat(9)}`;
const MASKED = '[hidden: GitHub token]';

const scenarios: Scenario[] = [
  {
    match: { userText: 'use the token' },
    reply: [useTool('Bash', { command: `echo ${TOKEN} >> t.txt && cat t.txt` }), say('Used it.')],
  },
  { match: { userText: 'run one' }, reply: [[say('I will.'), append('one')], say('Ran it.')] },
  { match: { userText: 'run three' }, reply: [[append('one'), append('two'), append('three')], say('Ran them.')] },
  { match: { userText: 'look first' }, reply: [list, [say('Now this.'), append('one')], say('Looked and ran it.')] },
  { match: { userText: 'side by side' }, reply: [[list, append('one')], say('Both are done.'), say('Both are done.')] },
  { match: { userText: 'ask me' }, reply: [useTool('AskUserQuestion', { questions: [question] }), say('Thank you.')] },
  { match: { userText: 'Do your part', subagent: true }, reply: [append('part'), say('Did it.')] },
  {
    match: { userText: 'delegate' },
    reply: [
      useTool('Agent', { description: 'A part', prompt: 'Do your part', subagent_type: 'general-purpose' }),
      say('Done.'),
    ],
  },
  {
    match: { userText: 'ended unexpectedly', when: ({ userTexts }) => userTexts.includes('take long') },
    reply: [[append('one'), append('two')], say('Ran them.')],
  },
  { match: { userText: 'take long' }, reply: [useTool('Bash', { command: 'touch begun && sleep 600' })] },
  { match: { userText: 'ended unexpectedly' }, reply: [say('I go on.')] },
  { match: { userText: 'hello' }, reply: [say('Hello again.')] },
];

const webhook = await useReceiver();
const pushService = await useReceiver();
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const { server, model } = await useStage(scenarios, {
  ANTHROPIC_API_KEY: 'sk-upstream',
  CLAUDE_SDK_PATTERN_WEBHOOK_URL: `${webhook.origin}/hook`,
  CLAUDE_SDK_PATTERN_WEBHOOK_SECRET: WEBHOOK_SECRET,
  CLAUDE_SDK_PATTERN_PUSH_ORIGINS: pushService.origin,
});

async function restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  await server.kill(signal);
  await server.restart();
}

interface Asked {
  sessionId: string;
  /** Of the calls that wait. */
  ids: string[];
}

async function askAndWait(text: string, calls = 1): Promise<Asked> {
  await using chat = await openChat(server);
  await chat.say(text);
  const { stop_reason } = await chat.waitForEvent(
    'session.status_idle',
    ({ stop_reason: reason }) => reason.type === 'requires_action' && reason.event_ids.length === calls,
  );
  return { sessionId: chat.sessionId, ids: stop_reason.type === 'requires_action' ? stop_reason.event_ids : [] };
}

const answer = (id: string | undefined, more: object = {}): UserEventParams => ({
  ...{ type: 'user.tool_confirmation', tool_use_id: id ?? '', result: 'allow' },
  ...more,
});

/** The texts of the results of a call. */
const resultsOf = (chat: Chat, id: string | undefined) =>
  chat
    .eventsOf('agent.tool_result')
    .filter((event) => event.tool_use_id === id)
    .map(({ content }) =>
      (content ?? [])
        .map((block) => (block.type === 'text' ? block.text : ''))
        .join('')
        .trim(),
    );

const countOf = (chat: Chat, type: SessionEvent['type']) => chat.events.filter((event) => event.type === type).length;

function expectWhole(chat: Chat, calls: number): void {
  expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
  expect(countOf(chat, 'agent.tool_use')).toBe(calls);
  expect(countOf(chat, 'agent.tool_result')).toBe(calls);
  expect(countOf(chat, 'span.model_request_start')).toBe(countOf(chat, 'span.model_request_end'));
}

/** The session's usage is that of its model requests, each counted once, before and after its server was ended. */
function expectCounted(chat: Chat): void {
  const spans = chat.eventsOf('span.model_request_end').map(({ model_usage: usage }) => usage);
  const [usage] = chat.eventsOf('session.usage').slice(-1);
  const sum = (field: 'input_tokens' | 'output_tokens' | 'cache_read_input_tokens') =>
    spans.reduce((total, span) => total + (span[field] ?? 0), 0);
  expect(spans.length).toBeGreaterThan(1);
  expect(usage?.usage).toMatchObject({ input_tokens: sum('input_tokens'), output_tokens: sum('output_tokens') });
  expect(usage?.usage.cache_read_input_tokens).toBe(sum('cache_read_input_tokens'));
  const [turn] = chat.eventsOf('session.turn_completed');
  expect(turn).toMatchObject({ input_tokens: sum('input_tokens'), output_tokens: sum('output_tokens') });
  expect(turn?.cost_usd).toBe(usage?.cost_usd);
}

/** As many as have an agent process at once: one restart of the server serves the tests of all. */
async function askTen() {
  const [lookFirst, sideBySide, choosing, interrupted, delegated, ...alike] = await Promise.all([
    ...([askAndWait('look first'), askAndWait('side by side'), askAndWait('ask me'), askAndWait('run one')] as const),
    askAndWait('delegate'),
    ...Array.from({ length: 5 }, () => askAndWait('run one')),
  ]);
  return { lookFirst, sideBySide, choosing, interrupted, delegated, alike };
}

describe('ten sessions that wait when the server is killed', () => {
  let asked: Awaited<ReturnType<typeof askTen>>;
  /** How many the model had got by the time of the restart. */
  let requests = 0;
  beforeAll(async () => {
    asked = await askTen();
    await restart();
    requests = model.requests.length;
  });

  it('runs each call once that is allowed after the server was killed, of five sessions at once', async () => {
    const { alike } = asked;
    await Promise.all(
      alike.map(async ({ sessionId, ids }) => {
        await using chat = await openChat(server, { sessionId });
        await chat.send(answer(ids[0]));
        await chat.waitForTurns(1);
        expect(chat.eventsOf('session.approval_cancelled')).toEqual([]);
        expect(resultsOf(chat, ids[0])).toEqual(['one']);
        expect(textsOf(chat)).toEqual(['I will.', 'Ran it.']);
        expectWhole(chat, 1);
        expectCounted(chat);
      }),
    );

    // Each model is asked for what follows the call, and for nothing again.
    const texts = model.requests.slice(requests).map(({ conversation }) => conversation?.userTexts ?? []);
    expect(texts.filter((each) => each.includes('run one'))).toEqual(alike.map(() => ['run one']));
  });

  it('goes on behind calls that had run: of an earlier message, and of the same', async () => {
    for (const [index, { sessionId, ids }] of [asked.lookFirst, asked.sideBySide].entries()) {
      await using chat = await openChat(server, { sessionId });
      await chat.send(answer(ids[0]));
      await chat.waitForTurns(1);
      expect(resultsOf(chat, ids[0])).toEqual(['one']);
      expect(textsOf(chat).at(-1)).toBe(['Looked and ran it.', 'Both are done.'][index]);
      expectWhole(chat, 2);
      expectCounted(chat);
    }
  });

  it('keeps a message that comes while it waits, and gives a question its answers', async () => {
    const { sessionId, ids } = asked.choosing;
    await using chat = await openChat(server, { sessionId });
    await chat.say('hello');
    expect(countOf(chat, 'session.turn_started')).toBe(1);
    await chat.send(answer(ids[0], { answers: { 'Which colour?': 'Blue' } }));
    await chat.waitForTurns(2);
    expect(resultsOf(chat, ids[0])).toEqual([expect.stringContaining('Blue')]);
    expect(textsOf(chat)).toEqual(['Thank you.', 'Hello again.']);
  });

  it('cancels what waits when it is interrupted after the restart', async () => {
    const { sessionId, ids } = asked.interrupted;
    await using chat = await openChat(server, { sessionId });
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.approval_cancelled').map(({ event_id }) => event_id)).toEqual(ids);
    expect(chat.eventsOf('session.turn_completed')[0]?.outcome).toBe('interrupted');
    expectWhole(chat, 1);
    await chat.say('hello');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello again.');
  });

  it('says plainly that a call of a subagent ended with its process, and the turn goes on', async () => {
    const { sessionId, ids } = asked.delegated;
    await using chat = await openChat(server, { sessionId });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.approval_cancelled')).toMatchObject([{ event_id: ids[0], reason: 'process_ended' }]);
    expect(chat.eventsOf('session.notice').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^A subagent was waiting for an approval when its process ended: “Run a command”/),
    ]);
    expect(chat.eventsOf('agent.tool_result').every(({ cut_off }) => cut_off === true)).toBe(true);
    expect(textsOf(chat)).toEqual(['I go on.']);
  });
});

it('asks for parallel calls as before, after a stop and after a kill, and each runs once', async () => {
  const { sessionId, ids } = await askAndWait('run three', 3);
  await restart('SIGTERM');
  {
    await using chat = await openChat(server, { sessionId });
    await chat.send(answer(ids[1]));
  }
  await restart();
  await using chat = await openChat(server, { sessionId });
  await chat.send(answer(ids[0]), answer(ids[2], { result: 'deny', deny_message: 'Not this one' }));
  await chat.waitForTurns(1);

  expect(ids.slice(0, 2).map((id) => resultsOf(chat, id))).toEqual([['one'], ['two']]);
  expect(resultsOf(chat, ids[2])).toEqual([expect.stringContaining('Not this one')]);
  expectWhole(chat, 3);
  expectCounted(chat);
});

it('keeps what waits when only the agent process dies', async () => {
  const { sessionId, ids } = await askAndWait('run one');
  await using chat = await openChat(server, { sessionId });
  process.kill((await waitForCli(server, sessionId)).pid, 'SIGKILL');
  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'waiting');
  await chat.send(answer(ids[0]));
  await chat.waitForTurns(1);
  expect(resultsOf(chat, ids[0])).toEqual(['one']);
  expectWhole(chat, 1);
});

/** Signs in as a browser, whose requests carry the cookie. */
async function signIn() {
  const send = (path: string, method: string, body?: object, cookie = '') =>
    fetch(server.url + path, {
      ...{ method, headers: { origin: server.url, cookie, ...(body && { 'content-type': 'application/json' }) } },
      ...(body && { body: JSON.stringify(body) }),
    });
  const signedIn = await send('/api/v1/sign-in', 'POST', { api_key: server.apiKey });
  const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]);
  return (path: string, method: string, body?: object) => send(path, method, body, cookie.join('; '));
}

it('tells the webhook and subscribed browsers, the webhook again after SIGKILL, and nobody what is asked', async () => {
  const browser = createPushBrowser();
  const send = await signIn();
  const path = '/api/v1/push-subscription';
  const endpoint = `${pushService.origin}/send/secret-capability`;
  for (const inside of ['https://127.0.0.1/send', 'http://push.example.com/send', 'https://[fd00::1]/send']) {
    expect((await send(path, 'PUT', { endpoint: inside, keys: browser.keys })).status, inside).toBe(400);
  }
  const subscribed = await send(path, 'PUT', { endpoint, keys: browser.keys });
  expect(subscribed.status).toBe(200);
  const state = (await subscribed.json()) as PushState;
  using database = openDatabase();
  webhook.answerWith(503);

  const { sessionId, ids } = await askAndWait('run one');
  const [pushed] = await until('the push message', () => pushService.received.length > 0 && pushService.received);
  const findFor = (eventId = '') => webhook.received.find(({ body }) => body.includes(eventId));
  const refused = await until('the first attempt', () => findFor(ids[0]));
  await until('the message waits for the next attempt', () => database.attemptsFor(ids[0]) === 1);
  expect(pushed?.path).toBe('/send/secret-capability');
  expect(pushed?.headers).toMatchObject({ ttl: '86400', urgency: 'high', topic: 'approvals' });
  expect(browser.decrypt(pushed as Received)).toBe('{"type":"approvals"}');
  expect(readVapid(pushed as Received, state.public_key)).toMatchObject({ aud: pushService.origin });

  await server.kill();
  webhook.answerWith(204);
  webhook.received.length = 0;
  await server.restart();
  const taken = await until('the second attempt', () => findFor(ids[0]));
  expect(taken.headers['webhook-id']).toBe(refused.headers['webhook-id']);
  const text = taken.body.toString();
  const headers = taken.headers as Record<string, string>;
  const { data } = new Anthropic({ apiKey: 'none' }).beta.webhooks.unwrap(text, { headers, key: WEBHOOK_SECRET });
  expect(data).toEqual({
    ...{ organization_id: 'org_default', workspace_id: 'wrkspc_default' },
    ...{ type: 'session.requires_action', id: sessionId, event_id: ids[0], tool_name: 'Bash', plugin: null },
    ...{ requested_at: expect.any(String) as string, expires_at: expect.any(String) as string },
  });
  expect(text).not.toContain('one.txt');

  // A browser that has ended its subscription is not told again, and a sign-in takes its subscription with it.
  pushService.answerWith(410);
  const again = await askAndWait('run one');
  await until('the subscription is removed', async () => {
    const now = await send(path, 'GET');
    return ((await now.json()) as PushState).endpoint === null;
  });
  expect((await send(path, 'PUT', { endpoint, keys: browser.keys })).status).toBe(200);
  expect((await send('/api/v1/sign-out', 'POST')).status).toBe(204);
  await until('the subscription has ended', () => database.countSubscriptions() === 0);
  await until('the message is forgotten', () => database.attemptsFor(ids[0]) === undefined);
  for (const { sessionId: id } of [{ sessionId }, again]) {
    await using chat = await openChat(server, { sessionId: id });
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
  }
});

function openDatabase() {
  const file = new Database(join(server.dataDir, 'csp.db'), { readonly: true });
  const attempts = file.prepare("select attempts from webhook_messages where data like '%' || ? || '%'").pluck();
  const subscriptions = file.prepare('select count(*) from push_subscriptions').pluck();
  return {
    /** Of the message about an approval; undefined where none waits. */
    attemptsFor: (eventId: string | undefined) => attempts.get(eventId),
    countSubscriptions: () => subscriptions.get(),
    [Symbol.dispose]: () => void file.close(),
  };
}

async function listWaiting(sessionId: string) {
  const { data } = (await (await server.fetch('/api/v1/approvals')).json()) as PendingApprovalList;
  return data.filter(({ session_id }) => session_id === sessionId);
}

/** A turn that a restart of the server has cut off, and that asks for two calls afterwards. */
async function askAfterCutOff(): Promise<Asked> {
  const { sessionId, ids } = await askAndWait('take long');
  {
    await using chat = await openChat(server, { sessionId });
    await chat.send(answer(ids[0]));
    await chat.waitForEvent('session.status_running');
  }
  await restart();
  await using chat = await openChat(server, { sessionId });
  const { stop_reason: reason } = await chat.waitForEvent(
    'session.status_idle',
    ({ stop_reason: each }) => each.type === 'requires_action' && each.event_ids.length === 2,
  );
  return { sessionId, ids: reason.type === 'requires_action' ? reason.event_ids : [] };
}

/** One downtime of the server serves the tests of all: each changes the rows of its own session, or reads them. */
async function changeWhileDown() {
  const longAgo = await askAfterCutOff();
  const [expired, secret, forged] = await Promise.all([
    askAndWait('run one'),
    askAndWait('use the token'),
    askAndWait('use the token'),
  ]);
  const listed = await listWaiting(expired.sessionId);
  await server.kill();
  const database = new Database(join(server.dataDir, 'csp.db'));
  database.prepare('update approvals set expires_at = ? where id = ?').run(new Date(0).toISOString(), expired.ids[0]);
  const inTranscript = database.prepare(
    `update transcript_entries set entry = replace(entry, :from, :to) where instr(entry, :from) > 0
     and agent_session_id = (select agent_session_id from sessions where id = :sessionId)`,
  );
  const changed = {
    aged: inTranscript.run({ sessionId: longAgo.sessionId, from: '"timestamp":"20', to: '"timestamp":"19' }).changes,
    // As a program of the agent would, that writes into its transcript.
    forged: inTranscript.run({ sessionId: forged.sessionId, from: TOKEN, to: TOKEN.toUpperCase() }).changes,
  };
  const rows = database.prepare('select id, input, reason from approvals where state = ?').all('pending');
  const facts = database
    .prepare(
      "select details from audit_facts where action = 'tool.decide' union all select details from audit_entries where action = 'tool.decide'",
    )
    .all() as { details: string }[];
  database.close();
  await server.restart();
  return { longAgo, expired, secret, forged, listed, changed, rows, facts };
}

describe('what is changed in the database while the server is down', () => {
  let before: Awaited<ReturnType<typeof changeWhileDown>>;
  beforeAll(async () => {
    before = await changeWhileDown();
  });

  it('denies what expired while the server was down, and lists nothing of it', async () => {
    const { sessionId, ids } = before.expired;
    const [waiting] = before.listed;
    const { requested_at = '', expires_at = '', owner, ...shown } = waiting ?? {};
    expect(owner?.id).toMatch(/^user_/);
    expect(shown).toEqual({
      ...{ session_id: sessionId, event_id: ids[0], tool_name: 'Bash', title: 'Run a command', plugin: null },
      reason: expect.any(String) as string,
      ...{ four_eyes: false, may_answer: true, may_allow: true, handed_over: null, session_visible: true },
      waiting_in_session: 1,
    });
    expect(Date.parse(expires_at) - Date.parse(requested_at)).toBeCloseTo(24 * 60 * 60 * 1000, -3);

    await using chat = await openChat(server, { sessionId });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.approval_cancelled')).toMatchObject([{ event_id: ids[0], reason: 'expired' }]);
    expect(resultsOf(chat, ids[0])).toEqual([expect.stringContaining('Nobody answered')]);
    expectWhole(chat, 1);
    expect(await listWaiting(sessionId)).toEqual([]);
  });

  it('goes on with calls that were asked long ago, in a turn that had been cut off before', async () => {
    const { sessionId, ids } = before.longAgo;
    expect(before.changed.aged).toBeGreaterThan(0);
    await using again = await openChat(server, { sessionId });
    await again.send(...ids.map((id) => answer(id)));
    await again.waitForTurns(1);
    expect(ids.map((id) => resultsOf(again, id))).toEqual([['one'], ['two']]);
    expectWhole(again, 3);
  });

  it('keeps a secret out of what waits, and runs the call with it only as it was asked', async () => {
    const { secret, forged, rows, facts } = before;
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          id: secret.ids[0],
          input: JSON.stringify({ command: `echo ${MASKED} >> t.txt && cat t.txt` }),
          reason: 'It holds a secret: GitHub token in command',
        },
      ]),
    );
    const about = facts.map(({ details }) => details).filter((details) => details.includes('GitHub token'));
    expect(about).toEqual([expect.stringContaining('"layer":"secrets"'), expect.stringContaining('"field":"command"')]);
    expect(JSON.stringify([rows, facts])).not.toContain(TOKEN);
    expect(before.changed.forged).toBeGreaterThan(0);
    {
      await using chat = await openChat(server, { sessionId: secret.sessionId });
      expect(chat.eventsOf('agent.tool_use')).toMatchObject([
        { secrets: [{ kind: 'GitHub token', path: ['command'] }] },
      ]);
      await chat.send(answer(secret.ids[0]));
      await chat.waitForTurns(1);
      expect(resultsOf(chat, secret.ids[0])).toEqual([TOKEN]);
      expectWhole(chat, 1);
    }
    await using other = await openChat(server, { sessionId: forged.sessionId });
    await other.waitForTurns(1);
    expect(other.eventsOf('session.approval_cancelled')).toMatchObject([{ event_id: forged.ids[0] }]);
    expect(resultsOf(other, forged.ids[0])).not.toContain(TOKEN.toUpperCase());
  });
});
