import type { Client, SessionTransport } from '@claude-sdk-pattern/client';
import type { SessionResource, SessionUpdateParams } from '@claude-sdk-pattern/protocol';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import type { ScheduleFrame } from './input-batch.ts';
import { toProblem, type Problem } from './problem.ts';
import { createReload } from './reload.ts';
import { createSessionFeed } from './session-feed.ts';
import { createSessionSending, type SessionSending } from './session-sending.ts';
import { createSessionState, type SessionState } from './session-state.ts';
import { createWakeHint } from './wake-hint.ts';

/** One session as the interface sees it. */
export interface SessionStore extends SessionSending {
  store: StoreApi<SessionState>;
  /** Loads the newest events and follows the session; the returned function stops. May be called again after. */
  open: () => () => void;
  retryLoad: () => void;
  loadOlder: () => Promise<void>;
  /** Ends the wait for another try of the model. */
  retryNow: () => Promise<void>;
  /** Somebody begins to write: a session that sleeps is woken ahead of the message. Cheap, may be called at every key. */
  noteTyping: () => void;
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

/** Creates the store of one session. It does nothing until opened. */
export function createSessionStore(sessionId: string, deps: SessionStoreDeps): SessionStore {
  const store = createStore<SessionState>(() => createSessionState(sessionId));
  const wakeHint = createWakeHint(() => deps.client.wake(sessionId));
  const reloadRules = createReload(loadRules);
  const feed = createSessionFeed({
    store,
    ...deps,
    onAttached() {
      wakeHint.reset();
      reloadRules();
    },
    onEvent({ type }) {
      if (type === 'session.rule_granted' || type === 'session.rule_revoked') reloadRules();
    },
  });

  const sending = createSessionSending({ store, ...deps, flush: feed.flush });

  async function loadRules(): Promise<void> {
    try {
      store.setState({ rules: (await deps.api.listRules(sessionId)).data });
    } catch {
      // What is shown stays; the next change or connection asks again.
    }
  }

  return {
    store,
    open: feed.open,
    retryLoad: feed.retry,
    loadOlder: feed.loadOlder,
    ...sending,
    // Refused where it was tried meanwhile, which is what was asked for.
    retryNow: () => deps.client.retryNow(sessionId).catch(() => {}),
    noteTyping: () => wakeHint.note(store.getState().view),
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
