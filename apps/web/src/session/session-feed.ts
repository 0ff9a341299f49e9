import type { SessionTransport } from '@claude-sdk-pattern/client';
import type { ListedEvent, SessionEvent } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import { cutAtHead, followPath, joinBranch } from './conversation-path.ts';
import { createInputBatch, type ScheduleFrame } from './input-batch.ts';
import { prependEvents } from './prepend-events.ts';
import { toProblem } from './problem.ts';
import { reduceEvents, reduceSession, type SessionInput } from './reduce-session.ts';
import type { SessionState } from './session-state.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

export interface SessionFeedDeps {
  store: StoreApi<SessionState>;
  transport: SessionTransport;
  scheduleFrame: ScheduleFrame;
  now: () => number;
  /** Called when the server has attached this browser to the session, the first time or again. */
  onAttached: () => void;
  /** Called for each new event, before it is folded. */
  onEvent: (event: SessionEvent) => void;
}

/** Fills a session's store with its newest events, with the events after them, and with older events on demand. */
export interface SessionFeed {
  /** Loads and follows the session. The returned function stops. It may be called again afterwards. */
  open: () => () => void;
  retry: () => void;
  loadOlder: () => Promise<void>;
  /** Folds the inputs that wait for the next frame at once. */
  flush: () => void;
}

const PAGE_SIZE = 500;

/**
 * Creates the feed of one session. It does nothing until opened.
 *
 * Over 100 lines: loading, following and loading older events share one list of events.
 */
export function createSessionFeed({ store, transport, scheduleFrame, now, ...deps }: SessionFeedDeps): SessionFeed {
  /** The loaded events of the conversation, oldest first. Their fold is `view`. */
  let events: ListedEvent[] = [];
  /** The conversation goes on with the events before this `seq`; 1 where its beginning is loaded. */
  let before = 1;
  /** Events that arrive while another branch is loaded, with that which leads to it as the first; null when none is. */
  let arriving: ListedEvent[] | null = null;
  let generation = 0;

  const batch = createInputBatch(scheduleFrame, (inputs) => {
    const { view } = store.getState();
    const next = reduceSession(view, inputs);
    if (next !== view) store.setState({ view: next });
  });

  function push(input: SessionInput): void {
    if (input.type !== 'event') return batch.push(input);
    if (input.event.seq <= ((arriving ?? events).at(-1)?.seq ?? 0)) return;
    take(input.event);
    deps.onEvent(input.event);
  }

  function take(event: ListedEvent): void {
    if (arriving !== null) arriving.push(event);
    else if (event.type === 'session.branched') goOn(event, event.head_seq);
    else {
      events.push(event);
      batch.push({ type: 'event', event });
    }
  }

  /** The conversation goes on in another branch: what is no part of that disappears. */
  function goOn(event: ListedEvent, headSeq: number): void {
    const kept = cutAtHead(events, headSeq);
    if (kept !== null) return show([...kept, event], headSeq === 0 ? 1 : before);
    arriving = [event];
    void loadBranch(headSeq, generation);
    return undefined;
  }

  async function loadBranch(headSeq: number, run: number): Promise<void> {
    try {
      const page = await transport.readBefore(headSeq + 1, PAGE_SIZE);
      if (run !== generation || arriving === null) return;
      const joined = joinBranch({ events, before }, followPath(page.events, headSeq + 1));
      const [branched, ...later] = arriving;
      arriving = null;
      show([...joined.events, ...(branched === undefined ? [] : [branched])], joined.before);
      // Among them may be one that leads back.
      for (const event of later) take(event);
    } catch (error) {
      if (run !== generation) return;
      forget();
      store.setState({ load: { state: 'failed', problem: toProblem(error) } });
    }
  }

  /** Replaces the conversation by these events. Their turns are folded anew; previews belong to what is gone. */
  function show(next: ListedEvent[], nextBefore: number): void {
    batch.clear();
    events = next;
    before = nextBefore;
    store.setState({ view: reduceEvents(emptySessionView, events), older: before > 1 ? 'available' : 'none' });
  }

  function forget(): void {
    batch.clear();
    events = [];
    before = 1;
    arriving = null;
    store.setState({ view: emptySessionView, older: 'none' });
  }

  async function load(run: number): Promise<void> {
    try {
      if (arriving !== null) forget();
      if (events.length === 0) await loadNewest(run);
      if (run !== generation) return;
      follow();
      store.setState({ load: { state: 'ready' } });
    } catch (error) {
      if (run === generation) store.setState({ load: { state: 'failed', problem: toProblem(error) } });
    }
  }

  async function loadNewest(run: number): Promise<void> {
    const page = await transport.readBefore(undefined, PAGE_SIZE);
    if (run !== generation) return;
    const last = page.events.at(-1)?.seq ?? 0;
    const path = followPath(page.events, last + 1);
    show(path.events, path.before);
    // A call that waits for a person is always shown, however many events came after it.
    await loadUntilAsked(run);
  }

  async function loadUntilAsked(run: number): Promise<void> {
    const { view, older } = store.getState();
    if (run !== generation || older !== 'available' || !lacksAsked(view)) return;
    await loadOlder();
    await loadUntilAsked(run);
  }

  function follow(): void {
    transport.follow({
      after: events.at(-1)?.seq ?? 0,
      onEvent: (event, seq) => push({ type: 'event', event: { ...event, seq } }),
      onPreview: (event) => push({ type: 'preview', event, at: now() }),
      onPresence: (present) => store.setState({ present }),
      onAttached: ({ session }) => {
        push({ type: 'attached' });
        deps.onAttached();
        store.setState({ resource: session, present: [] });
      },
      onReset: forget,
      onError: (error) => {
        if (error.retryable) return;
        const problem = toProblem(error);
        batch.flush();
        const { view } = store.getState();
        store.setState({
          load: { state: 'failed', problem },
          ...(problem.kind === 'gone' && { view: endView(view, now()) }),
        });
      },
    });
  }

  function close(): void {
    generation += 1;
    transport.close();
    batch.flush();
  }

  async function loadOlder(): Promise<void> {
    const first = events[0]?.seq ?? 1;
    const { older } = store.getState();
    if (older === 'loading' || older === 'none') return;
    store.setState({ older: 'loading' });
    try {
      const page = await transport.readBefore(before, PAGE_SIZE);
      if (events[0]?.seq !== first) return;
      batch.flush();
      const path = followPath(page.events, before);
      const view = prependEvents(store.getState().view, path.events, events);
      events = [...path.events, ...events];
      before = path.before;
      store.setState({ view, older: before > 1 ? 'available' : 'none' });
    } catch {
      store.setState({ older: 'failed' });
    }
  }

  function open(): () => void {
    generation += 1;
    void load(generation);
    return close;
  }

  return {
    open,
    retry() {
      store.setState({ load: { state: 'loading' } });
      close();
      open();
    },
    loadOlder,
    flush: batch.flush,
  };
}

/** The view of a deleted session: nothing runs, and nothing waits. */
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
