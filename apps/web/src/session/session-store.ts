import type {
  ListedEvent,
  SessionResource,
  SessionRule,
  SessionUpdateParams,
  UserToolConfirmationParams,
} from '@claude-sdk-pattern/protocol';
import type { Client, SessionTransport } from '@claude-sdk-pattern/client';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { toContent, type SentFile } from './sent-file.ts';
import { createInputBatch, type ScheduleFrame } from './input-batch.ts';
import { prependEvents } from './prepend-events.ts';
import { reduceEvents, reduceSession, type SessionInput } from './reduce-session.ts';
import { emptySessionView, type SessionView } from './session-view.ts';
import { toProblem, type Problem } from './problem.ts';
import { createReload } from './reload.ts';
import { createWakeHint } from './wake-hint.ts';

export type SendState =
  | { state: 'none' }
  | { state: 'sending'; content: string; frameId: string }
  /** `content` is what was to be sent, as one text to compare with. */
  | { state: 'failed'; content: string; frameId: string; problem: Problem };

export interface SessionState {
  sessionId: string;
  /** The resource as of the last attach; null before. */
  resource: SessionResource | null;
  view: SessionView;
  load: { state: 'loading' } | { state: 'ready' } | { state: 'failed'; problem: Problem };
  /** Whether the journal holds events before the first one that is loaded. */
  older: 'none' | 'available' | 'loading' | 'failed';
  send: SendState;
  /** Answers under way or refused, by the tool call's event id. */
  answers: ReadonlyMap<string, 'sending' | Problem>;
  /** Of several calls that wait, the one that was chosen to be shown. */
  shownCallId: string | null;
  /** What people have allowed for this session, oldest first. */
  rules: readonly SessionRule[];
}

export type Answer = Omit<UserToolConfirmationParams, 'type' | 'tool_use_id'>;

/** One session as the interface sees it. */
export interface SessionStore {
  store: StoreApi<SessionState>;
  /** Loads the newest events and follows the session; the returned function stops. May be called again after. */
  open: () => () => void;
  retryLoad: () => void;
  loadOlder: () => Promise<void>;
  /** Resolves true once the server has the message. One that failed keeps its id, so that it arrives once. */
  sendMessage: (text: string, files?: readonly SentFile[]) => Promise<boolean>;
  /** Resolves to what went wrong, or null. */
  interrupt: () => Promise<Problem | null>;
  /** Ends the wait for another try of the model. */
  retryNow: () => Promise<void>;
  /** Somebody begins to write: a session that sleeps is woken ahead of the message. Cheap, may be called at every key. */
  noteTyping: () => void;
  /** Resolves true once the server has the answer. */
  answer: (toolUseId: string, answer: Answer) => Promise<boolean>;
  /** Of several calls that wait, shows this one. */
  showCall: (toolUseId: string | null) => void;
  /** Takes a rule back; resolves to what went wrong, or null. */
  revokeRule: (ruleId: string) => Promise<Problem | null>;
  withdraw: (messageId: string) => Promise<boolean>;
  /** Makes a session that goes on from the turn of an event; resolves to it, or to what went wrong. */
  branch: (afterEventId: string) => Promise<{ session: SessionResource } | { problem: Problem }>;
  /** Changes title, model or permission mode; resolves to what went wrong, or null. */
  update: (changes: SessionUpdateParams) => Promise<Problem | null>;
}

export interface SessionStoreDeps {
  /** The session's events, in and out. */
  transport: SessionTransport;
  client: Pick<Client, 'retryNow' | 'withdraw' | 'updateSession' | 'forkSession' | 'wake'>;
  api: Pick<Api, 'listRules' | 'revokeRule'>;
  scheduleFrame: ScheduleFrame;
  now: () => number;
  createFrameId: () => string;
}

const PAGE_SIZE = 500;

/** Creates the store of one session. It does nothing until opened. */
export function createSessionStore(sessionId: string, deps: SessionStoreDeps): SessionStore {
  const store = createStore<SessionState>(() => ({
    sessionId,
    resource: null,
    view: emptySessionView,
    load: { state: 'loading' },
    older: 'none',
    send: { state: 'none' },
    answers: new Map(),
    shownCallId: null,
    rules: [],
  }));
  /** Without gap, oldest first: what `view` is the fold of. */
  let events: ListedEvent[] = [];
  let generation = 0;
  const wakeHint = createWakeHint(() => deps.client.wake(sessionId));

  const reloadRules = createReload(loadRules);

  const batch = createInputBatch(deps.scheduleFrame, (inputs) => {
    const { view } = store.getState();
    const next = reduceSession(view, inputs);
    if (next !== view) store.setState({ view: next });
  });

  function push(input: SessionInput): void {
    if (input.type === 'event') {
      if (input.event.seq <= (events.at(-1)?.seq ?? 0)) return;
      events.push(input.event);
      if (input.event.type === 'session.rule_granted' || input.event.type === 'session.rule_revoked') reloadRules();
    }
    batch.push(input);
  }

  function forget(): void {
    batch.clear();
    events = [];
    store.setState({ view: emptySessionView, older: 'none' });
  }

  async function load(run: number): Promise<void> {
    try {
      if (events.length === 0) await loadNewest(run);
      if (run !== generation) return;
      follow();
      store.setState({ load: { state: 'ready' } });
    } catch (error) {
      if (run === generation) store.setState({ load: { state: 'failed', problem: toProblem(error) } });
    }
  }

  async function loadNewest(run: number): Promise<void> {
    const page = await deps.transport.readBefore(undefined, PAGE_SIZE);
    if (run !== generation) return;
    events = page.events;
    const view = reduceEvents(emptySessionView, events);
    store.setState({ view, older: page.hasMore ? 'available' : 'none' });
    // What waits for a person is always shown, however much its neighbours have said since.
    await loadUntilAsked(run);
  }

  async function loadUntilAsked(run: number): Promise<void> {
    const { view, older } = store.getState();
    if (run !== generation || older !== 'available' || !lacksAsked(view)) return;
    await loadOlder();
    await loadUntilAsked(run);
  }

  function follow(): void {
    deps.transport.follow({
      after: events.at(-1)?.seq ?? 0,
      onEvent: (event, seq) => push({ type: 'event', event: { ...event, seq } }),
      onPreview: (event) => push({ type: 'preview', event, at: deps.now() }),
      onAttached: ({ session }) => {
        push({ type: 'attached' });
        wakeHint.reset();
        reloadRules();
        store.setState({ resource: session });
      },
      onReset: forget,
      onError: (error) => {
        if (error.retryable) return;
        const problem = toProblem(error);
        batch.flush();
        const { view } = store.getState();
        store.setState({
          load: { state: 'failed', problem },
          ...(problem.kind === 'gone' && { view: endView(view, deps.now()) }),
        });
      },
    });
  }

  function close(): void {
    generation += 1;
    deps.transport.close();
    batch.flush();
  }

  async function loadOlder(): Promise<void> {
    const first = events[0]?.seq ?? 1;
    const { older } = store.getState();
    if (older === 'loading' || older === 'none') return;
    store.setState({ older: 'loading' });
    try {
      const page = await deps.transport.readBefore(first, PAGE_SIZE);
      if (events[0]?.seq !== first) return;
      batch.flush();
      const view = prependEvents(store.getState().view, page.events, events);
      events = [...page.events, ...events];
      store.setState({ view, older: page.hasMore ? 'available' : 'none' });
    } catch {
      store.setState({ older: 'failed' });
    }
  }

  async function loadRules(): Promise<void> {
    try {
      store.setState({ rules: (await deps.api.listRules(sessionId)).data });
    } catch {
      // What is shown stays; the next change or connection asks again.
    }
  }

  async function sendMessage(text: string, files: readonly SentFile[] = []): Promise<boolean> {
    const blocks = toContent(text, files);
    const content = JSON.stringify(blocks);
    const { send } = store.getState();
    if (send.state === 'sending') return false;
    const frameId = send.state === 'failed' && send.content === content ? send.frameId : deps.createFrameId();
    store.setState({ send: { state: 'sending', content, frameId } });
    try {
      await deps.transport.send([{ type: 'user.message', content: blocks }], { id: frameId });
      store.setState({ send: { state: 'none' } });
      return true;
    } catch (error) {
      store.setState({ send: { state: 'failed', content, frameId, problem: toProblem(error) } });
      return false;
    }
  }

  function setAnswer(toolUseId: string, value: 'sending' | Problem | null): void {
    const answers = new Map(store.getState().answers);
    if (value === null) answers.delete(toolUseId);
    else answers.set(toolUseId, value);
    store.setState({ answers });
  }

  async function answer(toolUseId: string, given: Answer): Promise<boolean> {
    if (store.getState().answers.get(toolUseId) === 'sending') return false;
    setAnswer(toolUseId, 'sending');
    try {
      await deps.transport.send([{ type: 'user.tool_confirmation', tool_use_id: toolUseId, ...given }]);
      setAnswer(toolUseId, null);
      return true;
    } catch (error) {
      setAnswer(toolUseId, toProblem(error));
      return false;
    }
  }

  return {
    store,
    open() {
      generation += 1;
      void load(generation);
      return close;
    },
    retryLoad() {
      store.setState({ load: { state: 'loading' } });
      close();
      void load(generation);
    },
    loadOlder,
    sendMessage,
    interrupt: () =>
      deps.transport.send([{ type: 'user.interrupt' }]).then(
        () => null,
        (error: unknown) => toProblem(error),
      ),
    // Refused where it was tried meanwhile, which is what was asked for.
    retryNow: () => deps.client.retryNow(sessionId).catch(() => {}),
    noteTyping: () => wakeHint.note(store.getState().view),
    answer,
    showCall: (shownCallId) => store.setState({ shownCallId }),
    async revokeRule(ruleId) {
      try {
        await deps.api.revokeRule(sessionId, ruleId);
        store.setState({ rules: store.getState().rules.filter(({ id }) => id !== ruleId) });
        return null;
      } catch (error) {
        return toProblem(error);
      }
    },
    withdraw: (messageId) =>
      deps.client.withdraw(sessionId, messageId).then(
        () => true,
        () => false,
      ),
    branch: (afterEventId) =>
      deps.client.forkSession(sessionId, { afterEventId }).then(
        ({ session }) => ({ session }),
        (error: unknown) => ({ problem: toProblem(error) }),
      ),
    async update(changes) {
      try {
        const { session } = await deps.client.updateSession(sessionId, changes);
        store.setState({ resource: session });
        return null;
      } catch (error) {
        return toProblem(error);
      }
    },
  };
}

/** Whether it was there and is not any more. */
export function isDeleted({ load }: SessionState): boolean {
  return load.state === 'failed' && load.problem.kind === 'gone';
}

/** What a deleted session looks like: nothing goes on in it, and nothing waits. */
function endView(view: SessionView, now: number): SessionView {
  if (view.lastSeq === 0) return view;
  const processed_at = new Date(now).toISOString();
  const event = { type: 'session.status_terminated', id: 'deleted', seq: view.lastSeq + 1, processed_at } as const;
  return { ...reduceSession(view, [{ type: 'event', event }]), lastSeq: view.lastSeq };
}

/** Whether the session waits for answers to calls that are not loaded. */
function lacksAsked({ stop, items }: SessionView): boolean {
  return stop?.type === 'requires_action' && stop.event_ids.some((id) => !items.has(id));
}
