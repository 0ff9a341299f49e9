import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openJournalHarness } from '../journal/journal-harness.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { SessionApprovals } from './session-approvals.ts';
import { SessionRecord } from './session-record.ts';
import { ToolUseIndex } from './tool-use-index.ts';

/** Approvals of one session on a real journal; every call asks. */
async function openApprovals() {
  const { store, journal, sessionId, ...harness } = await openJournalHarness();
  const session = await store.sessions.find(sessionId);
  if (session === undefined) throw new Error('The session is gone');
  const clock = { now: Date.now };
  const toolUses = new ToolUseIndex();
  const record = new SessionRecord(
    { journal, clock },
    { session, fence: 1, onChange: () => undefined, onDoubt: () => undefined },
  );
  const queue = createSerialQueue();
  const turn: { state: 'idle' | 'running' | 'ending' } = { state: 'running' };
  const approvals = new SessionApprovals({
    ...{ sessionId, store, clock, toolUses, rules: new Map() },
    gate: { evaluate: () => ({ permission: 'ask', reason: 'Every call asks', rule: undefined }) },
    findMcpTool: () => undefined,
    mode: () => 'default',
    turnState: () => turn.state,
    isRequestOpen: () => false,
    append: (events, options) => record.append(events, options),
    enqueue: (work) => void queue.run(work),
  });
  return {
    approvals,
    record,
    turn,
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
    idle: () => queue.idle(),
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
