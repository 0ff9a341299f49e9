import type { Client, SessionTransport } from '@claude-sdk-pattern/client';
import type { SessionResource, SessionUpdateParams, UserToolConfirmationEvent } from '@claude-sdk-pattern/protocol';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import type { ScheduleFrame } from './input-batch.ts';
import { toProblem, type Problem } from './problem.ts';
import { createReload } from './reload.ts';
import { createSessionBranching, type SessionBranching, type SessionBranchingDeps } from './session-branching.ts';
import { createSessionFeed } from './session-feed.ts';
import { createSessionSending, type SessionSending } from './session-sending.ts';
import { createSessionState, type SessionState } from './session-state.ts';
import { createTypingHint } from './typing-hint.ts';
import { createWakeHint } from './wake-hint.ts';

/** The state and the actions of one session for the interface. */
export interface SessionStore extends SessionSending, SessionBranching {
  store: StoreApi<SessionState>;
  /**
   * Loads the newest events and follows the session. The returned function stops. It may be called again afterwards.
   */
  open: () => () => void;
  retryLoad: () => void;
  loadOlder: () => Promise<void>;
  /** Ends the wait before the model is tried again. */
  retryNow: () => Promise<void>;
  /**
   * Wakes a hibernated session when a person begins to write, before the message is sent, and shows the others in the
   * session that this person writes, or has deleted what they wrote. It is cheap and may be called at every key.
   */
  noteTyping: (hasText: boolean) => void;
  /** Shows this call if several calls wait. */
  showCall: (toolUseId: string | null) => void;
  /** The user has seen that somebody else answered first. */
  dismissAnsweredFirst: () => void;
  /** Hands a call that waits to the operators, with a note for them. Resolves to the failure, or null. */
  handOver: (toolUseId: string, note: string | null) => Promise<Problem | null>;
  takeBack: (toolUseId: string) => Promise<Problem | null>;
  /** Revokes a rule. Resolves to the failure, or null. */
  revokeRule: (ruleId: string) => Promise<Problem | null>;
  withdraw: (messageId: string) => Promise<boolean>;
  /** Branches a new session after an event's turn. Resolves to the session, or to the failure. */
  branch: (afterEventId: string) => Promise<{ session: SessionResource } | { problem: Problem }>;
  /** Changes title, model or permission mode. Resolves to the failure, or null. */
  update: (changes: SessionUpdateParams) => Promise<Problem | null>;
}

export interface SessionStoreDeps {
  /** The parts that receive and send the session's events. */
  transport: SessionTransport;
  client: SessionBranchingDeps['client'] &
    Pick<Client, 'retryNow' | 'withdraw' | 'updateSession' | 'forkSession' | 'wake' | 'noteTyping'>;
  api: Pick<Api, 'listRules' | 'revokeRule' | 'handOver' | 'takeBack' | 'listBranches'>;
  scheduleFrame: ScheduleFrame;
  now: () => number;
  /** A call went to the operators, or came back from them. */
  onHandedOver: () => void;
  createFrameId: () => string;
}

/** Creates the store of one session. It does nothing until opened. */
export function createSessionStore(sessionId: string, deps: SessionStoreDeps): SessionStore {
  const store = createStore<SessionState>(() => createSessionState(sessionId));
  const wakeHint = createWakeHint(() => deps.client.wake(sessionId));
  const typingHint = createTypingHint((typing) => deps.client.noteTyping(sessionId, typing), deps.now);
  const reloadRules = createReload(loadRules);
  const { reloadPlaces, ...branching } = createSessionBranching({ store, ...deps });
  const feed = createSessionFeed({
    store,
    ...deps,
    onAttached() {
      wakeHint.reset();
      reloadRules();
      if (hasBranches(store.getState())) reloadPlaces();
    },
    onEvent(event) {
      if (event.type === 'user.message' || event.type === 'user.tool_confirmation') endWriting(event.actor?.id);
      if (event.type === 'user.tool_confirmation') noteAnswer(event);
      if (event.type === 'session.approval_handed_over' || event.type === 'session.approval_taken_back')
        deps.onHandedOver();
      if (event.type === 'session.turn_started' && store.getState().answeredFirst !== null)
        store.setState({ answeredFirst: null });
      // After a rewind, the first turn begins another way.
      if (event.type === 'session.branched' || (event.type === 'session.turn_started' && hasBranches(store.getState())))
        reloadPlaces();
      if (event.type === 'session.rule_granted' || event.type === 'session.rule_revoked') reloadRules();
    },
  });

  const sending = createSessionSending({ store, ...deps, flush: feed.flush });

  /** Whoever has sent a message or an answer does not write it any more. The server says so a moment later. */
  function endWriting(personId: string | undefined): void {
    const { present } = store.getState();
    if (!present.some(({ id, typing }) => typing && id === personId)) return;
    store.setState({ present: present.map((each) => (each.id === personId ? { ...each, typing: false } : each)) });
  }

  /** Whoever still looks at the card is told who answered. The answer of this browser is being sent meanwhile. */
  function noteAnswer(event: UserToolConfirmationEvent): void {
    const { tool_use_id: toolUseId, result, actor, processed_at: at, deny_message: message } = event;
    const { view, answers } = store.getState();
    if (!view.pendingIds.includes(toolUseId) || answers.get(toolUseId) === 'sending') return;
    const told = { at: at ?? new Date(deps.now()).toISOString(), message: message ?? null };
    store.setState({ answeredFirst: { toolUseId, answer: { result, by: actor ?? null, ...told }, wasSent: false } });
  }

  async function loadRules(): Promise<void> {
    try {
      store.setState({ rules: (await deps.api.listRules(sessionId)).data });
    } catch {
      // The shown rules stay. The next change or attach loads them again.
    }
  }

  return {
    store,
    open: feed.open,
    retryLoad: feed.retry,
    loadOlder: feed.loadOlder,
    ...sending,
    ...branching,
    // The server refuses this if the model has been tried meanwhile, which is what was wanted.
    retryNow: () => deps.client.retryNow(sessionId).catch(() => {}),
    noteTyping(hasText) {
      const { view, present } = store.getState();
      wakeHint.note(view);
      if (present.length > 1) typingHint(hasText);
    },
    showCall: (shownCallId) => store.setState({ shownCallId }),
    dismissAnsweredFirst: () => store.setState({ answeredFirst: null }),
    handOver: (toolUseId, note) => orProblem(deps.api.handOver(sessionId, toolUseId, note)),
    takeBack: (toolUseId) => orProblem(deps.api.takeBack(sessionId, toolUseId)),
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

/** The failure, or null. */
function orProblem(work: Promise<unknown>): Promise<Problem | null> {
  return work.then(() => null, toProblem);
}

/** Whether the loaded conversation was branched anywhere: only then do messages have other ways. */
function hasBranches({ view, places }: SessionState): boolean {
  return view.isBranched || places.length > 0;
}
