import { ClientError, createSessionTransport, type AttachOptions, type Client } from '@claude-sdk-pattern/client';
import type { ListedEvent, SessionResource, SessionRule } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { createRecorder } from '../fixtures/recorder.ts';
import { deriveStatus } from './derive-status.ts';
import { findOutgoing, isDeleted } from './session-state.ts';
import { createSessionStore } from './session-store.ts';

/** A server's side of one session: a journal, its followers, and what was sent to it. */
function createJournal(events: ListedEvent[]) {
  const followers = new Set<AttachOptions>();
  const sent: { id: string | undefined; events: unknown[]; insteadOf?: string }[] = [];
  const frames: (() => void)[] = [];
  let rules: SessionRule[] = [];
  let failSend: Error | null = null;
  let failList: Error | null = null;

  const attach: Client['attach'] = (sessionId, options) => {
    followers.add(options);
    options.onAttached?.({ session: { id: sessionId } as SessionResource, lastSeq: events.length, firstSeq: 1 });
    for (const event of events) if (event.seq > (options.after ?? 0)) options.onEvent(event, event.seq);
    const detach = () => void followers.delete(options);
    return { sessionId, lastSeq: 0, firstSeq: 1, detach, [Symbol.dispose]: detach };
  };
  const server: Pick<Client, 'attach' | 'send' | 'listEvents'> = {
    attach,
    send: (_, sentEvents, options) => {
      const { id, insteadOf } = options ?? {};
      sent.push({ id, events: sentEvents, ...(insteadOf !== undefined && { insteadOf }) });
      return failSend === null ? Promise.resolve({ events: [] }) : Promise.reject(failSend);
    },
    listEvents: (_, { limit = 100, before = Infinity } = {}) => {
      if (failList !== null) return Promise.reject(failList);
      const earlier = events.filter((event) => event.seq < before);
      return Promise.resolve({ events: earlier.slice(-limit), hasMore: earlier.length > limit });
    },
  };
  const session = createSessionStore('sesn_1', {
    transport: createSessionTransport(server, 'sesn_1'),
    client: {
      send: server.send,
      rerun: () => Promise.reject(new Error('not used')),
      switchTo: () => Promise.reject(new Error('not used')),
      retryNow: () => Promise.resolve(),
      withdraw: () => Promise.resolve(),
      wake: () => {},
      noteTyping: () => {},
      forkSession: () => Promise.reject(new Error('not used')),
      updateSession: () => Promise.reject(new Error('not used')),
    },
    api: {
      listRules: () => Promise.resolve({ data: rules }),
      revokeRule: (_, id) => {
        rules = rules.filter((rule) => rule.id !== id);
        return Promise.resolve();
      },
      handOver: () => Promise.reject(new Error('not used')),
      takeBack: () => Promise.reject(new Error('not used')),
      listBranches: () => Promise.resolve({ data: [] }),
    },
    scheduleFrame: (task) => {
      frames.push(task);
      return () => frames.splice(frames.indexOf(task) >>> 0, 1);
    },
    now: () => 0,
    onHandedOver: () => {},
    createFrameId: () => `req_${sent.length + 1}`,
  });
  return {
    session,
    sent,
    followers,
    frame: () => frames.splice(0).forEach((task) => task()),
    tell: (event: ListedEvent) => followers.forEach((follower) => follower.onEvent(event, event.seq)),
    refuse: (error: ClientError) => followers.forEach((follower) => follower.onError?.(error)),
    failSendWith: (error: Error | null) => (failSend = error),
    grant: (rule: SessionRule) => (rules = [...rules, rule]),
    failListWith: (error: Error | null) => (failList = error),
    until: async (condition: () => boolean) => {
      while (!condition()) await Promise.resolve();
    },
  };
}

function record(turns: number): ListedEvent[] {
  const recorder = createRecorder(1_700_000_000_000);
  for (let turn = 0; turn < turns; turn += 1) {
    recorder.startTurn([recorder.user(`Question ${turn}`)]);
    recorder.say(`Answer ${turn}`);
    recorder.endTurn();
  }
  return recorder.events;
}

it('loads the newest events, then follows from there', async () => {
  const journal = createJournal(record(2));
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  expect(journal.session.store.getState().view.turns).toHaveLength(2);
  expect([...journal.followers][0]?.after).toBe(journal.session.store.getState().view.lastSeq);
});

it('shows nobody as writing whose message has arrived', async () => {
  const journal = createJournal([]);
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  const ada = { id: 'user_1', name: 'Ada', typing: true };
  const grace = { id: 'user_2', name: 'Grace', typing: true };
  journal.followers.forEach((follower) => follower.onPresence?.([ada, grace]));
  const recorder = createRecorder(1_700_000_000_000);
  recorder.user('Sent');
  for (const event of recorder.events) journal.tell(event);
  expect(journal.session.store.getState().present).toEqual([{ ...ada, typing: false }, grace]);
});

it('folds what arrives within a frame at once', async () => {
  const events = record(1);
  const journal = createJournal(events);
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  journal.frame();
  let changes = 0;
  journal.session.store.subscribe(() => (changes += 1));
  const recorder = createRecorder(1_700_000_100_000);
  recorder.events.push(...events);
  recorder.startTurn([recorder.user('More')]);
  recorder.say('Text');
  for (const event of recorder.events.slice(events.length)) journal.tell(event);
  expect(changes).toBe(0);
  journal.frame();
  expect(changes).toBe(1);
  expect(journal.session.store.getState().view.turns).toHaveLength(2);
});

it('puts older events in front and folds the same view as if all had been there', async () => {
  const events = record(150);
  const journal = createJournal(events);
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  expect(journal.session.store.getState().older).toBe('available');
  while (journal.session.store.getState().older === 'available') await journal.session.loadOlder();
  expect(journal.session.store.getState().older).toBe('none');
  expect(journal.session.store.getState().view.turns.map((turn) => turn.number)).toEqual(
    Array.from({ length: 150 }, (_, index) => index + 1),
  );
});

it('opens far enough back to hold the approval that it waits for', async () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  const asked = recorder.ask('Bash', { command: 'rm' }, { title: 'Remove' });
  for (let line = 0; line < 600; line += 1) recorder.say(`Line ${line}`);
  recorder.wait([asked]);
  const journal = createJournal(recorder.events);
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  expect(journal.session.store.getState().view.pendingIds).toEqual([asked]);
});

it('goes on where it was after it was closed and opened again', async () => {
  const events = record(1);
  const journal = createJournal(events);
  const close = journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  close();
  expect(journal.followers.size).toBe(0);
  journal.session.open();
  await journal.until(() => journal.followers.size === 1);
  expect([...journal.followers][0]?.after).toBe(events.length);
  expect(journal.session.store.getState().view.turns).toHaveLength(1);
});

it('keeps the id of a message that was not sent, so that trying again cannot say it twice', async () => {
  const journal = createJournal([]);
  journal.failSendWith(new Error('no line'));
  expect(await journal.session.sendMessage('Hello')).toBe(false);
  expect(journal.session.store.getState().send).toMatchObject({ state: 'failed', problem: { message: 'no line' } });
  journal.failSendWith(null);
  expect(await journal.session.sendMessage('Hello')).toBe(true);
  expect(journal.sent[1]?.id).toBe(journal.sent[0]?.id);
  expect(journal.session.store.getState().send).toEqual({ state: 'none' });
});

it('shows a message as on its way until its event is here, although the same was said before', async () => {
  const events = record(1);
  const journal = createJournal(events);
  journal.session.open();
  const { store } = journal.session;
  await journal.until(() => store.getState().load.state === 'ready');
  journal.frame();
  const sent = journal.session.sendMessage('Question 0');
  expect(findOutgoing(store.getState())).toMatchObject({ text: 'Question 0' });

  const recorder = createRecorder(1_700_000_100_000);
  recorder.events.push(...events);
  recorder.startTurn([recorder.user('Question 0')]);
  for (const event of recorder.events.slice(events.length)) journal.tell(event);
  journal.frame();
  expect(store.getState().send.state).toBe('sending');
  expect(findOutgoing(store.getState())).toBeNull();
  expect(await sent).toBe(true);
});

it('gives a changed text a new id', async () => {
  const journal = createJournal([]);
  journal.failSendWith(new Error('no line'));
  await journal.session.sendMessage('Hello');
  journal.failSendWith(null);
  await journal.session.sendMessage('Hello there');
  expect(journal.sent[1]?.id).not.toBe(journal.sent[0]?.id);
});

it('says that a session does not exist', async () => {
  const journal = createJournal([]);
  journal.failListWith(new ClientError('not_found_error', 'No session sesn_1', { requestId: 'req_9' }));
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'failed');
  expect(journal.session.store.getState().load).toMatchObject({ problem: { kind: 'gone', requestId: 'req_9' } });
});

it('ends what goes on in a session that is deleted elsewhere', async () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  const call = recorder.tool('Bash', { command: 'sleep 100' }, null);
  const journal = createJournal(recorder.events);
  journal.session.open();
  const { store } = journal.session;
  await journal.until(() => store.getState().load.state === 'ready');
  expect(deriveStatus(store.getState().view).kind).toBe('running');
  journal.refuse(new ClientError('not_found_error', 'Session sesn_1 was deleted'));
  expect(isDeleted(store.getState())).toBe(true);
  expect(deriveStatus(store.getState().view).kind).toBe('terminated');
  expect(store.getState().view.items.get(call)).toMatchObject({ status: 'stopped' });
});

it('keeps an answer that was refused visible beside its approval', async () => {
  const journal = createJournal([]);
  journal.failSendWith(new Error('already answered'));
  await journal.session.answer('sevt_1', { result: 'allow' });
  expect(journal.session.store.getState().answers.get('sevt_1')).toMatchObject({ message: 'already answered' });
});

it('loads what was allowed when it attaches and when a rule is granted, and takes a rule back', async () => {
  const journal = createJournal(record(1));
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  const rule: SessionRule = {
    ...{ id: 'rule_1', rule: 'Edit', tool_name: 'Write', kind: 'edits', pattern: null, mcp_server_name: null },
    ...{ created_at: '2026-01-01T00:00:00Z', granted_by: { id: 'user_1', name: 'Ada' } },
  };
  journal.grant(rule);
  const { lastSeq } = journal.session.store.getState().view;
  journal.tell({
    ...{ type: 'session.rule_granted', id: 'sevt_rule', seq: lastSeq + 1, processed_at: '2026-01-01T00:00:00Z', rule },
  } as ListedEvent);
  await journal.until(() => journal.session.store.getState().rules.length === 1);
  expect(await journal.session.revokeRule('rule_1')).toBeNull();
  expect(journal.session.store.getState().rules).toEqual([]);
});

it('tells when a stop has not arrived', async () => {
  const journal = createJournal([]);
  expect(await journal.session.interrupt()).toBeNull();
  journal.failSendWith(new Error('The server is full'));
  expect(await journal.session.interrupt()).toMatchObject({ message: 'The server is full' });
});

it('says who was first when an answer comes too late, and who answered while this person was looking', async () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  const call = recorder.ask('Bash', { command: 'touch a' }, { title: 'Run a command' });
  recorder.wait([call]);
  const server = createJournal([...recorder.events]);
  const { store, open, answer, dismissAnsweredFirst } = server.session;
  open();
  await server.until(() => store.getState().load.state === 'ready');
  const at = '2026-11-30T00:00:00.000Z';
  const given = { result: 'deny', by: { id: 'user_2', name: 'Ada' }, at, message: 'Use UTC please' } as const;
  const details = { code: 'already_answered', answer: given };
  server.failSendWith(new ClientError('invalid_request_error', 'Ada already denied it', { details }));
  expect(await answer(call, { result: 'allow' })).toBe(false);
  expect(store.getState().answeredFirst).toEqual({ toolUseId: call, answer: given, wasSent: true });
  expect(store.getState().answers.size).toBe(0);

  dismissAnsweredFirst();
  const seq = recorder.events.length + 1;
  const { at: processed_at, by: actor, result, message: deny_message } = given;
  server.tell({
    ...{ type: 'user.tool_confirmation', id: 'sevt_a', seq, processed_at },
    tool_use_id: call,
    ...{ result, actor, deny_message },
  });
  // Who only looked is not told that their answer did not count.
  expect(store.getState().answeredFirst).toEqual({ toolUseId: call, answer: given, wasSent: false });
});

it('shows one branch at a time, also one that is not loaded', async () => {
  const recorder = createRecorder(1_700_000_000_000);
  const say = (question: string) => {
    recorder.startTurn([recorder.user(question)]);
    recorder.say(`Answer to ${question}`);
    recorder.endTurn();
    return recorder.events.length;
  };
  const branch = (head_seq: number) =>
    recorder.add({
      type: 'session.branched',
      head_seq,
      reason: 'switched',
      message_id: 'x',
      actor: { id: 'a', name: 'A' },
    });
  const asked = () => {
    const { turns, items } = journal.session.store.getState().view;
    return turns.flatMap(({ itemIds }) =>
      itemIds.flatMap((id) => (items.get(id)?.kind === 'user' ? [items.get(id)] : [])),
    );
  };
  const texts = () => asked().map((item) => (item?.kind === 'user' ? item.text : ''));
  const first = say('one');
  const second = say('two');
  branch(first);
  const other = say('another two');
  const journal = createJournal(recorder.events);
  journal.session.open();
  await journal.until(() => journal.session.store.getState().load.state === 'ready');
  expect(texts()).toEqual(['one', 'another two']);
  expect(journal.session.store.getState().view.isBranched).toBe(true);

  const tellFrom = (seq: number) => recorder.events.slice(seq).forEach(journal.tell);
  const [kept] = asked();
  branch(second);
  say('three');
  tellFrom(other);
  await journal.until(() => texts().includes('two'));
  journal.frame();
  expect(texts()).toEqual(['one', 'two', 'three']);
  expect(asked()[0]?.id).toBe(kept?.id);

  const end = recorder.events.length;
  branch(0);
  tellFrom(end);
  expect(texts()).toEqual([]);
});

it('sends a changed message in the place of the other, and again with the same id', async () => {
  const journal = createJournal(record(1));
  const { session, sent } = journal;
  const content = [{ type: 'text' as const, text: 'Better' }];
  journal.failSendWith(new ClientError('connection_failed', 'offline'));
  expect(await session.edit('sevt_1', content)).toBe(false);
  expect(session.store.getState().branching).toMatchObject({ state: 'failed', messageId: 'sevt_1' });
  journal.failSendWith(null);
  expect(await session.edit('sevt_1', content)).toBe(true);
  const event = { type: 'user.message', content };
  expect(sent).toEqual(['req_1', 'req_1'].map((id) => ({ id, events: [event], insteadOf: 'sevt_1' })));
});
