import type {
  ReplyResults,
  SessionCreateParams,
  SessionUpdateParams,
  UserEventParams,
} from '@claude-sdk-pattern/protocol';

import type { Clock } from './clock.ts';
import { NO_ANSWER, type Requests } from './requests.ts';

export interface SendOptions {
  /** Idempotency key. Send again with the same id, and the server carries it out once. */
  id?: string;
}

export interface SendMessageOptions extends SendOptions {
  /** The `user.message` in whose place the message stands: the conversation goes on from before it. */
  insteadOf?: string;
}

export interface ForkOptions {
  afterEventId?: string;
  title?: string;
}

/** What a client asks of the server with one request each. */
export interface Calls {
  createSession: (params?: SessionCreateParams, options?: SendOptions) => Promise<ReplyResults['session.create']>;
  /** Resolves once the events are stored. Messages to one session arrive in the order of the calls. */
  send: (
    sessionId: string,
    events: UserEventParams[],
    options?: SendMessageOptions,
  ) => Promise<ReplyResults['session.send']>;
  /** Sends a message of the conversation again, in its own place, for another answer. Rejects while a turn runs. */
  rerun: (sessionId: string, eventId: string, options?: SendOptions) => Promise<ReplyResults['session.rerun']>;
  /** The conversation goes on from before a message. `switchTo` with the same message takes that back. */
  rewind: (sessionId: string, eventId: string, options?: SendOptions) => Promise<ReplyResults['session.rewind']>;
  /** The conversation goes on at the newest end of the branch that has this message. */
  switchTo: (sessionId: string, eventId: string, options?: SendOptions) => Promise<ReplyResults['session.switch']>;
  updateSession: (sessionId: string, changes: SessionUpdateParams) => Promise<ReplyResults['session.update']>;
  forkSession: (sessionId: string, options?: ForkOptions & SendOptions) => Promise<ReplyResults['session.fork']>;
  /** Withdraws a message that no turn has taken yet. Rejects with `state_conflict` when it is too late. */
  withdraw: (sessionId: string, eventId: string) => Promise<void>;
  /**
   * Sends a model request now that waits for its next attempt (`session.retry_scheduled`). Rejects when none waits,
   * and when the connection breaks: by the next connection another request may wait.
   */
  retryNow: (sessionId: string) => Promise<void>;
  /** Hints that somebody begins to type, so that the server may start a process before the message. Never fails. */
  wake: (sessionId: string) => void;
  /** Tells the others in a session that this user writes now. Lost without a live connection. */
  noteTyping: (sessionId: string, typing?: boolean) => void;
  /** Resolves with the round trip's time in milliseconds. */
  ping: () => Promise<number>;
}

export interface CallsDeps {
  requests: Pick<Requests, 'request' | 'start'>;
  clock: Clock;
  createFrameId: () => string;
  isLive: () => boolean;
}

/** Turns each call into its frame, and the answer to the frame into the call's result. */
export function createCalls({ requests, clock, createFrameId, isLive }: CallsDeps): Calls {
  return {
    createSession: (session, { id = createFrameId() } = {}) =>
      requests.request<'session.create'>({ type: 'session.create', id, ...(session && { session }) }),
    send(session_id, events, { id = createFrameId(), insteadOf } = {}) {
      // An interrupt or an answer must not wait behind a message that is being retried.
      const lane = events.some((event) => event.type === 'user.message') ? session_id : undefined;
      const place = insteadOf === undefined ? {} : { instead_of: insteadOf };
      return requests.request<'session.send'>({ type: 'session.send', id, session_id, events, ...place }, { lane });
    },
    rerun: (session_id, event_id, { id = createFrameId() } = {}) =>
      requests.request<'session.rerun'>({ type: 'session.rerun', id, session_id, event_id }, { lane: session_id }),
    rewind: (session_id, event_id, { id = createFrameId() } = {}) =>
      requests.request<'session.rewind'>({ type: 'session.rewind', id, session_id, event_id }, { lane: session_id }),
    switchTo: (session_id, event_id, { id = createFrameId() } = {}) =>
      requests.request<'session.switch'>({ type: 'session.switch', id, session_id, event_id }, { lane: session_id }),
    updateSession: (session_id, changes) =>
      requests.request<'session.update'>({ ...changes, type: 'session.update', id: createFrameId(), session_id }),
    forkSession: (session_id, { afterEventId, title, id = createFrameId() } = {}) =>
      requests.request<'session.fork'>({
        type: 'session.fork',
        id,
        session_id,
        ...(afterEventId !== undefined && { after_event_id: afterEventId }),
        ...(title !== undefined && { title }),
      }),
    async withdraw(session_id, event_id) {
      await requests.request<'session.withdraw'>({
        type: 'session.withdraw',
        id: createFrameId(),
        session_id,
        event_id,
      });
    },
    async retryNow(session_id) {
      const frame = { type: 'session.retry_now', id: createFrameId(), session_id } as const;
      await requests.request<'session.retry_now'>(frame, { resend: false });
    },
    noteTyping(session_id, typing = true) {
      if (!isLive()) return;
      const frame = { type: 'session.typing', id: createFrameId(), session_id } as const;
      requests.start({ ...frame, ...(!typing && { typing }) }, NO_ANSWER, { resend: false });
    },
    wake(session_id) {
      // A late hint is useless, so it is not queued, and its answer does not matter.
      if (!isLive()) return;
      requests.start({ type: 'session.wake', id: createFrameId(), session_id }, NO_ANSWER, { resend: false });
    },
    async ping() {
      const startedAt = clock.now();
      await requests.request<'ping'>({ type: 'ping', id: createFrameId() });
      return clock.now() - startedAt;
    },
  };
}
