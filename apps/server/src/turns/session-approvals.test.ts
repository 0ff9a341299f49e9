import { setImmediate } from 'node:timers/promises';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openJournalHarness } from '../journal/fixtures/journal-harness.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { ToolDecisions } from '../permissions/tool-decisions.ts';
import { CustomResults } from '../permissions/custom-results.ts';
import { SessionApprovals } from '../permissions/session-approvals.ts';
import { SessionFacts } from './session-facts.ts';
import { SessionRecord } from './session-record.ts';
import { ToolUseIndex } from '../permissions/tool-use-index.ts';

/** Approvals of one session on a real journal; every call asks. */
async function openApprovals() {
  const { store, journal, sessionId, ...harness } = await openJournalHarness();
  const session = await store.sessions.find(sessionId);
  if (session === undefined) throw new Error('The session is gone');
  const time = { skewMs: 0 };
  const clock = { now: () => Date.now() + time.skewMs, uptimeMs: () => performance.now() };
  const toolUses = new ToolUseIndex();
  const record = new SessionRecord(
    { journal, clock },
    {
      ...{ session, fence: 1, facts: new SessionFacts(clock) },
      ...{ onChange: () => undefined, onFlushFailed: () => undefined },
    },
  );
  const queue = createSerialQueue();
  const turn: { state: 'idle' | 'running' | 'ending' } = { state: 'running' };
  const people = { fourEyes: false, hasSecond: false };
  const decisions = new ToolDecisions({
    evaluate: () => ({
      permission: 'ask',
      reason: 'Every call asks',
      rule: undefined,
      source: { layer: 'default', rule: null },
      terms: { fourEyes: people.fourEyes, expiresInSeconds: undefined },
    }),
  });
  const approvals = new SessionApprovals({
    ...{ sessionId, store, clock, toolUses, decisions },
    customResults: new CustomResults(),
    findCustomTool: () => undefined,
    findMcpTool: (name) => (name === 'mcp__docs__find' ? { server: 'docs', tool: 'find' } : undefined),
    findPlugin: ({ toolName }) =>
      toolName === 'mcp__docs__find' ? { name: 'docs', display_name: 'The docs' } : undefined,
    findCommandPlugins: async () => [],
    decideChanged: () => Promise.reject(new Error('Nothing changes calls here')),
    findPluginOfServer: () => undefined,
    findRequesters: async () => ['user_1'],
    hasSecondPerson: async () => people.hasSecond,
    turnState: () => turn.state,
    isRequestOpen: () => false,
    whenStored: async () => undefined,
    waitForDeath: async () => undefined,
    timeoutMs: 60_000,
    noteRequested: async () => undefined,
    append: (events, options) => record.append(events, options),
    enqueue: (work) => void queue.run(work),
  });
  return {
    approvals,
    decisions,
    record,
    turn,
    time,
    people,
    /** Hears of a call by its message, as the session does before the CLI asks. */
    hear(toolUseId: string, threadId: string | null = null, toolName = 'Write') {
      const call = { toolUseId, toolName, input: { file_path: 'a.txt' } };
      approvals.ask(call, { id: `sevt_${toolUseId}`, session_thread_id: threadId });
      toolUses.set(toolUseId, `sevt_${toolUseId}`);
    },
    async ask(toolUseId: string) {
      toolUses.set(toolUseId, `sevt_${toolUseId}`);
      const withdrawal = new AbortController();
      const { signal } = withdrawal;
      const options = { toolUseID: toolUseId, signal, requestId: toolUseId };
      const answer = approvals.canUseTool('Write', { file_path: 'a.txt' }, options);
      await until('it waits', () => approvals.pending.has(`sevt_${toolUseId}`));
      return { answer, withdraw: () => withdrawal.abort() };
    },
    readEvents: async (): Promise<SessionEvent[]> =>
      (await store.events.list(sessionId, { order: 'asc', limit: 100 })).map(({ body }) => body),
    listPending: () => store.approvals.listPending({ sessionId }),
    idle: async () => {
      await setImmediate();
      await queue.idle();
    },
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

const isWaiting = (events: readonly SessionEvent[]) => events.at(-1)?.type === 'session.status_idle';

it('closes a request that the agent takes back at once, and the turn is at work again', async () => {
  await using session = await openApprovals();
  const call = await session.ask('toolu_1');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  call.withdraw();
  expect(await call.answer).toMatchObject({ behavior: 'deny' });
  await session.idle();
  expect(session.approvals.pending.size).toBe(0);
  expect(await session.listPending()).toEqual([]);
  expect((await session.readEvents()).slice(-2)).toMatchObject([
    { type: 'session.approval_cancelled', event_id: 'sevt_toolu_1', reason: 'withdrawn' },
    { type: 'session.status_running' },
  ]);
  expect(session.record.session.status).toBe('running');
});

it('goes on asking for the others when the agent takes one request back', async () => {
  await using session = await openApprovals();
  const call = await session.ask('toolu_1');
  await session.ask('toolu_2');
  await until('people are asked for both', async () => (await session.listPending()).length === 2);
  await session.idle();
  call.withdraw();
  await call.answer;
  await session.idle();
  expect((await session.readEvents()).at(-1)).toMatchObject({
    type: 'session.status_idle',
    stop_reason: { type: 'requires_action', event_ids: ['sevt_toolu_2'] },
  });
});

it('never asks people for what the agent took back before', async () => {
  await using session = await openApprovals();
  const call = await session.ask('toolu_1');
  call.withdraw();
  await call.answer;
  await session.idle();
  const other = await session.ask('toolu_2');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  other.withdraw();
  await session.idle();
  expect((await session.readEvents()).map(({ type }) => type)).toEqual([
    'session.approval_requested',
    'session.status_idle',
    'session.approval_cancelled',
    'session.status_running',
  ]);
});

it('leaves what is taken back in a turn that is being stopped to the end of that turn', async () => {
  await using session = await openApprovals();
  const call = await session.ask('toolu_1');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  session.turn.state = 'ending';
  call.withdraw();
  await call.answer;
  await session.idle();
  await session.approvals.cancelAll('interrupted');
  const cancelled = (await session.readEvents()).filter(({ type }) => type === 'session.approval_cancelled');
  expect(cancelled).toMatchObject([{ event_id: 'sevt_toolu_1', reason: 'interrupted' }]);
});

const namesOf = (events: readonly SessionEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'session.status_idle' && last.stop_reason.type === 'requires_action'
    ? last.stop_reason.event_ids
    : [];
};

it('asks about all calls of a message at once, and keeps an early answer for when the agent asks', async () => {
  await using session = await openApprovals();
  session.hear('toolu_1');
  session.hear('toolu_2');
  await until('people are asked for both', async () => namesOf(await session.readEvents()).length === 2);
  const second = session.approvals.pending.get('sevt_toolu_2');
  if (second === undefined) throw new Error('It does not wait');
  session.approvals.settle(second, { result: 'deny', message: 'Not this one' });
  const { signal } = new AbortController();
  const options = { toolUseID: 'toolu_2', signal, requestId: '2' };
  const answer = await session.approvals.canUseTool('Write', { file_path: 'a.txt' }, options);
  expect(answer).toEqual({ behavior: 'deny', message: 'Not this one' });
  expect([...session.approvals.pending.keys()]).toEqual(['sevt_toolu_1']);
});

it('stops asking about a call that has its result, such as one that the agent refused by itself', async () => {
  await using session = await openApprovals();
  session.hear('toolu_1');
  session.hear('toolu_2');
  await until('people are asked for both', async () => namesOf(await session.readEvents()).length === 2);
  await session.approvals.noteDone('toolu_1');
  expect(namesOf(await session.readEvents())).toEqual(['sevt_toolu_2']);
  expect((await session.listPending()).map(({ id }) => id)).toEqual(['sevt_toolu_2']);
});

it('never asks about a call whose result comes at once', async () => {
  await using session = await openApprovals();
  session.hear('toolu_1');
  await session.approvals.noteDone('toolu_1');
  await session.ask('toolu_2');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  expect(namesOf(await session.readEvents())).toEqual(['sevt_toolu_2']);
  expect((await session.readEvents()).map(({ type }) => type)).not.toContain('session.approval_cancelled');
});

it('drops calls that will not be made when the model is asked anew, but none of a subagent', async () => {
  await using session = await openApprovals();
  session.hear('toolu_1');
  session.hear('toolu_2', 'thrd_1');
  const awaited = await session.ask('toolu_3');
  await until('people are asked for all', async () => namesOf(await session.readEvents()).length === 3);
  await session.approvals.dropUnawaited(null);
  expect(namesOf(await session.readEvents())).toEqual(['sevt_toolu_2', 'sevt_toolu_3']);
  awaited.withdraw();
  await session.idle();
});

it('does not make a call that is not the one that was shown', async () => {
  await using session = await openApprovals();
  session.hear('toolu_1');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  const { signal } = new AbortController();
  const options = { toolUseID: 'toolu_1', signal, requestId: '1' };
  const answer = await session.approvals.canUseTool('Write', { file_path: '/etc/hosts' }, options);
  expect(answer).toMatchObject({ behavior: 'deny', message: expect.stringContaining('not the one that was shown') });
});

it.each(['allow', 'deny'] as const)('lets a tool run once where people %s it', async (result) => {
  await using session = await openApprovals();
  const made = ['Write', { file_path: 'a.txt' }] as const;
  const { answer } = await session.ask('toolu_1');
  expect(session.decisions.takePermit(...made)).toBe(false);
  const approval = session.approvals.pending.get('sevt_toolu_1');
  if (approval === undefined) throw new Error('Nobody is asked');
  session.approvals.settle(approval, result === 'allow' ? { result, answers: undefined } : { result, message: 'No' });
  expect(await answer).toMatchObject({ behavior: result });
  expect(session.decisions.takePermit(...made)).toBe(result === 'allow');
  expect(session.decisions.takePermit(...made)).toBe(false);
});

const by = { id: 'user_1', name: 'Ada' };
const handedOver = { by, at: '2026-11-30T00:00:00.000Z', note: null };

it('hands over 20 calls of a session at a time, and none that has expired', async () => {
  await using session = await openApprovals();
  const ids = Array.from({ length: 21 }, (_, index) => `sevt_${index}`);
  for (const index of ids.keys()) session.hear(String(index));
  await until('people are asked', async () => (await session.listPending()).length === ids.length);
  await session.idle();
  const put = (id: string) => session.approvals.handOver(id, { by, handedOver });
  for (const id of ids.slice(0, 20)) await put(id);
  await put('sevt_0');
  await expect(put('sevt_20')).rejects.toMatchObject({ code: 'quota_exceeded', details: { limit: 20 } });
  await session.approvals.handOver('sevt_1', { by, handedOver: null });
  await put('sevt_20');
  session.time.skewMs = 60_000;
  await expect(put('sevt_1')).rejects.toMatchObject({ code: 'state_conflict' });
});

it('hands over no question, no plan and no form of an MCP server', async () => {
  await using session = await openApprovals();
  session.hear('q', null, 'AskUserQuestion');
  session.hear('p', null, 'ExitPlanMode');
  const asked = { server: 'docs', message: 'Sign in', mode: 'url', url: 'https://example.com/' } as const;
  void session.approvals.elicit(asked, new AbortController().signal);
  await until('people are asked', async () => (await session.listPending()).length === 3);
  await session.idle();
  for (const { id } of await session.listPending())
    await expect(session.approvals.handOver(id, { by, handedOver })).rejects.toMatchObject({
      code: 'invalid_request',
    });
});

it('hands operators at once what nobody of the session may allow, for good, but no question', async () => {
  await using session = await openApprovals();
  session.people.fourEyes = true;
  session.hear('1');
  session.hear('q', null, 'AskUserQuestion');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  await session.idle();
  expect((await session.readEvents()).map(({ type }) => type)).toEqual([
    ...['session.approval_requested', 'session.approval_requested'],
    ...['session.approval_handed_over', 'session.status_idle'],
  ]);
  const byNobody = { by: null, note: null };
  expect(await session.listPending()).toMatchObject([
    { id: 'sevt_1', handedOver: byNobody },
    { id: 'sevt_q', handedOver: null },
  ]);
  await expect(session.approvals.handOver('sevt_1', { by, handedOver: null })).rejects.toMatchObject({
    code: 'state_conflict',
  });
});

it('hands operators what a second person could allow, once that person is gone', async () => {
  await using session = await openApprovals();
  session.people.fourEyes = true;
  session.people.hasSecond = true;
  session.hear('1');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  await session.idle();
  expect(session.approvals.mayBeUnanswerable).toBe(true);
  await session.approvals.handOverUnanswerable();
  expect(await session.listPending()).toMatchObject([{ handedOver: null }]);
  session.people.hasSecond = false;
  await session.approvals.handOverUnanswerable();
  expect(await session.listPending()).toMatchObject([{ handedOver: { by: null } }]);
  expect((await session.readEvents()).at(-1)).toMatchObject({ type: 'session.approval_handed_over', actor: null });
  expect(session.approvals.mayBeUnanswerable).toBe(false);
});

it('demands a second person for what a server asks in a call that one had to allow', async () => {
  await using session = await openApprovals();
  session.people.fourEyes = true;
  session.people.hasSecond = true;
  const { approvals } = session;
  const elicit = (server: string) =>
    void approvals.elicit({ server, message: 'Where?', mode: 'form', fields: [] }, new AbortController().signal);
  session.hear('1', null, 'mcp__docs__find');
  await until('people are asked', async () => isWaiting(await session.readEvents()));
  const call = approvals.pending.get('sevt_1');
  if (call) approvals.settle(call, { result: 'allow', answers: undefined });
  elicit('docs');
  elicit('other');
  await until('people are asked', async () => (await session.listPending()).length === 3);
  const questions = [...approvals.pending.values()];
  expect(questions.map(({ input, fourEyes }) => [input['server'], fourEyes])).toEqual([
    ['docs', ['user_1']],
    ['other', null],
  ]);
});
