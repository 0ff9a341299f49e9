import {
  CspError,
  clientFrame,
  type ClientFrame,
  type ReplyResults,
  type SessionResource,
} from '@claude-sdk-pattern/protocol';

import type { Action } from '../../access/actions.ts';
import { toRefusal } from '../../access/to-refusal.ts';
import { toRights, type Rights } from '../../access/rights.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Subscription } from '../../journal/subscription.ts';
import type { OverviewBoard } from '../../overview/overview-board.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { correlate, type Correlation } from '../../telemetry/correlation.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { logIfOurs, toCspError } from '../entrance/error-envelope.ts';
import type { Access } from '../entrance/open-access.ts';
import type { RequestRate } from '../entrance/request-rate.ts';
import type { OpenWork } from '../entrance/open-work.ts';
import { FRAME_ACTIONS } from './frame-actions.ts';
import type { Presence, Visit } from './presence.ts';
import type { SendQueue } from './send-queue.ts';
import { createSessionAttachment } from './session-attachment.ts';

export interface ChatConnectionDeps {
  queue: SendQueue;
  /** The credential of the connection; reports when it ends. */
  access: Access;
  /**
   * Called once, when the credential ends or a followed session is not shared any more. Tells the client, and closes
   * the connection.
   */
  onRevoked(refusal: CspError): void;
  sessions: SessionService;
  overview: Pick<OverviewBoard, 'watch'>;
  presence: Presence;
  /** Counts the frames that are being answered. */
  work: Pick<OpenWork, 'assertOpen' | 'track'>;
  rate: RequestRate;
  logger: Logger;
  /** What its frames belong to. */
  correlation: Correlation;
  /** Absent where no traces are made. */
  tracing?: Tracing | undefined;
  /**
   * Whether the client is attached to a session that it creates or forks. Not over HTTP, where a stream carries only
   * what its request names.
   */
  attachesCreated: boolean;
}

/** A session that the client follows. */
interface Following extends Subscription {
  visit: Visit;
}

/** The actor of the connection and its rights. Another role or credential needs another connection. */
interface Holder {
  readonly actor: Actor;
  readonly rights: Rights;
}

const TRACED: ReadonlySet<ClientFrame['type']> = new Set([
  ...(['session.create', 'session.send', 'session.fork', 'session.update'] as const),
  ...(['session.withdraw', 'session.wake', 'session.retry_now'] as const),
]);

type State =
  | {
      state: 'open';
      holder: Holder;
      subscriptions: Map<string, Following>;
      /** Set while the client watches every session. */
      unwatch: (() => void) | undefined;
      /** Set while the client watches the overview. */
      unwatchOverview: (() => void) | undefined;
    }
  /** The connection follows no session. Commands sent before the client disconnected are still carried out. */
  | { state: 'closing'; holder: Holder }
  /** No frame is carried out any more. */
  | { state: 'revoked'; refusal: CspError };

/**
 * One client: answers its frames and sends it the sessions that it follows. Used by both transports, WebSocket and
 * HTTP with an event stream. Over 300 lines: every frame acts on the one state of the connection.
 */
export class ChatConnection {
  readonly #deps: ChatConnectionDeps;
  #state: State;

  constructor(deps: ChatConnectionDeps) {
    this.#deps = deps;
    const { actor } = deps.access;
    this.#state = {
      state: 'open',
      holder: { actor, rights: toRights(actor) },
      subscriptions: new Map(),
      unwatch: undefined,
      unwatchOverview: undefined,
    };
  }

  /** Ends the connection when its credential ends. */
  start(): void {
    this.#deps.access.onRevoked((refusal) => {
      this.#end({ state: 'revoked', refusal });
      this.#deps.onRevoked(refusal);
    });
  }

  /** Whether the server may send a frame that is not an answer. */
  get isFollowing(): boolean {
    const state = this.#state;
    return (
      state.state === 'open' &&
      (state.subscriptions.size > 0 || state.unwatch !== undefined || state.unwatchOverview !== undefined)
    );
  }

  /**
   * Carries out one frame and puts its answer, `reply` or `error`, into the queue. The caller awaits it before the
   * next frame.
   * @param read returns the frame as JSON; an error that it throws is the answer.
   */
  receive(read: () => unknown): Promise<void> {
    return this.#deps.work.track(correlate(this.#deps.correlation, () => this.#receive(read)));
  }

  /** Detaches from every session. Idempotent. */
  close(): void {
    if (this.#state.state === 'open') this.#end({ state: 'closing', holder: this.#state.holder });
  }

  #end(next: Exclude<State, { state: 'open' }>): void {
    const last = this.#state;
    this.#state = next;
    this.#deps.access.close();
    if (last.state !== 'open') return;
    last.unwatch?.();
    last.unwatchOverview?.();
    for (const subscription of last.subscriptions.values()) subscription.close();
  }

  async #receive(read: () => unknown): Promise<void> {
    let id: string | null = null;
    try {
      const json = read();
      id = findId(json);
      this.#deps.work.assertOpen();
      this.#deps.rate.take(this.#deps.access.actor);
      const parsed = clientFrame.safeParse(json);
      if (!parsed.success) throw toInvalidFrame(parsed.error.issues);
      // A ping asks for nothing, so it needs no credential.
      if (parsed.data.type !== 'ping') await this.#deps.access.assertAllowed();
      const frame = parsed.data;
      await this.#trace(frame, () => this.#answer(frame, this.#getActor(FRAME_ACTIONS[frame.type])));
    } catch (error) {
      const known = toCspError(error);
      logIfOurs(known, this.#deps.logger);
      const retry = known.retryAfterMs === undefined ? {} : { retry_after_ms: known.retryAfterMs };
      this.#deps.queue.send({ type: 'error', id, error: known.toBody(), ...retry });
    }
  }

  /** Frames that begin work are spans: a part of what the frame says, or else the upgrade of its connection. */
  async #trace(frame: ClientFrame, work: () => Promise<void>): Promise<void> {
    const { tracing } = this.#deps;
    if (tracing === undefined || !TRACED.has(frame.type)) return correlate({ frame_id: frame.id }, work);
    const span = tracing.start(`frame ${frame.type}`, {
      ...{ role: 'server', parent: tracing.read(frame) ?? this.#deps.correlation.span ?? null },
      attributes: {
        'csp.frame_id': frame.id,
        ...('session_id' in frame && { 'gen_ai.conversation.id': frame.session_id }),
      },
    });
    try {
      await correlate({ frame_id: frame.id, span: span.context }, work);
      span.end();
    } catch (error) {
      span.end({ error: toCspError(error).code });
      throw error;
    }
  }

  /**
   * The actor, if role and credential allow the action.
   * @throws CspError `permission_denied`, or why the credential ended.
   */
  #getActor(action: Action): Actor {
    if (this.#state.state === 'revoked') throw this.#state.refusal;
    const { actor, rights } = this.#state.holder;
    if (rights.has(action)) return actor;
    throw toRefusal(actor, action);
  }

  async #answer(frame: ClientFrame, actor: Actor): Promise<void> {
    const { sessions } = this.#deps;
    const requestId = frame.id;
    switch (frame.type) {
      case 'ping':
        this.#deps.queue.send({ type: 'pong', id: frame.id });
        return;
      case 'session.create': {
        const created = await sessions.create(actor, frame.session, { requestId });
        await this.#attachCreated(actor, created.session.id, () => this.#reply(frame, created));
        return;
      }
      case 'session.attach': {
        const after = await this.#findStart(actor, frame);
        await this.#attach(actor, frame.session_id, {
          after,
          onReady: (answer) => this.#reply(frame, { ...answer, first_seq: after + 1 }),
        });
        return;
      }
      case 'session.detach':
        this.#detach(frame.session_id);
        this.#reply(frame, {});
        return;
      case 'session.send':
        this.#reply(
          frame,
          await sessions.send(actor, frame.session_id, {
            ...{ events: frame.events, requestId, insteadOf: frame.instead_of },
          }),
        );
        if (this.#state.state === 'open' && frame.events.some(({ type }) => type === 'user.message'))
          this.#state.subscriptions.get(frame.session_id)?.visit.noteSent();
        return;
      case 'session.rerun': {
        const options = { eventId: frame.event_id, requestId };
        this.#reply(frame, await sessions.rerun(actor, frame.session_id, options));
        return;
      }
      case 'session.rewind': {
        const options = { eventId: frame.event_id, requestId };
        this.#reply(frame, await sessions.branches.rewind(actor, frame.session_id, options));
        return;
      }
      case 'session.switch': {
        const options = { eventId: frame.event_id, requestId };
        this.#reply(frame, await sessions.branches.switchTo(actor, frame.session_id, options));
        return;
      }
      case 'session.update': {
        const { type: _, id: __, session_id, ...params } = frame;
        this.#reply(frame, { session: await sessions.update(actor, session_id, { params, requestId }) });
        return;
      }
      case 'session.fork': {
        const forked = await sessions.fork(actor, frame.session_id, {
          requestId,
          ...(frame.after_event_id !== undefined && { afterEventId: frame.after_event_id }),
          ...(frame.title !== undefined && { title: frame.title }),
        });
        await this.#attachCreated(actor, forked.session.id, () => this.#reply(frame, forked));
        return;
      }
      case 'session.withdraw':
        await sessions.withdraw(actor, frame.session_id, { eventId: frame.event_id, requestId });
        this.#reply(frame, {});
        return;
      case 'session.typing':
        await sessions.assertMaySend(actor, frame.session_id);
        if (this.#state.state === 'open') {
          const visit = this.#state.subscriptions.get(frame.session_id)?.visit;
          if (frame.typing === false) visit?.noteSent();
          else visit?.noteTyping();
        }
        this.#reply(frame, {});
        return;
      case 'session.retry_now':
        await sessions.retryNow(actor, frame.session_id);
        this.#reply(frame, {});
        return;
      case 'session.wake':
        await sessions.wake(actor, frame.session_id);
        this.#reply(frame, {});
        return;
      case 'sessions.watch':
        await this.#watch();
        this.#reply(frame, {});
        return;
      case 'overview.watch':
        this.#reply(frame, {});
        this.#watchOverview();
        return;
      case 'overview.unwatch':
        this.#unwatchOverview();
        this.#reply(frame, {});
        return;
    }
  }

  /** The `seq` after which events are sent: `after`, or later where `tail` is given. */
  async #findStart(actor: Actor, frame: Extract<ClientFrame, { type: 'session.attach' }>): Promise<number> {
    const after = frame.after ?? 0;
    if (frame.tail === undefined) return after;
    const { last_seq: lastSeq } = await this.#deps.sessions.get(actor, frame.session_id);
    return Math.max(after, lastSeq - frame.tail);
  }

  async #attachCreated(actor: Actor, sessionId: string, onReady: () => void): Promise<void> {
    if (this.#deps.attachesCreated) await this.#attach(actor, sessionId, { after: 0, onReady });
    else onReady();
  }

  async #attach(
    actor: Actor,
    sessionId: string,
    options: { after: number; onReady: (answer: { session: SessionResource; last_seq: number }) => void },
  ): Promise<void> {
    const subscription = await this.#deps.sessions.attach(actor, sessionId, {
      after: options.after,
      subscriber: createSessionAttachment(sessionId, this.#deps.queue),
      onEnded: (end) => (end === 'deleted' ? this.#deleted(sessionId) : this.#unshared(sessionId)),
      onReady: (answer) => {
        // The earlier subscription ends before the answer, so that no event is sent twice.
        this.#detach(sessionId);
        options.onReady(answer);
      },
    });
    // The client may have disconnected meanwhile.
    if (this.#state.state !== 'open') return subscription.close();
    const visit = this.#deps.presence.join(sessionId, {
      person: { id: actor.userId, name: actor.name },
      tell: (people) =>
        void this.#deps.queue.sendIfWritable({ type: 'session.presence', session_id: sessionId, people }),
    });
    const close = () => {
      visit.leave();
      subscription.close();
    };
    this.#state.subscriptions.set(sessionId, { visit, close });
  }

  #detach(sessionId: string): void {
    if (this.#state.state !== 'open') return;
    this.#state.subscriptions.get(sessionId)?.close();
    this.#state.subscriptions.delete(sessionId);
  }

  async #watch(): Promise<void> {
    if (this.#state.state !== 'open' || this.#state.unwatch !== undefined) return;
    const { queue, sessions } = this.#deps;
    const unwatch = await sessions.watch(this.#state.holder.actor, (change) => {
      switch (change.type) {
        case 'changed':
          return queue.send({ type: 'session', session: change.session });
        case 'deleted':
          return this.#deleted(change.sessionId);
        case 'unshared':
          return queue.send({ type: 'session.unshared', session_id: change.sessionId });
        case 'plugins_changed':
          return queue.send({ type: 'plugins.changed' });
        case 'model_outage':
          return queue.send({ type: 'model.outage', retry_at: change.outage?.retryAt ?? null });
        case 'work_stopped':
          return queue.send({ type: 'work.stopped', stop: change.stop });
        case 'storage_problem':
          return queue.send({ type: 'storage.problem', problem: change.problem });
      }
    });
    // The client may have disconnected meanwhile.
    if (this.#state.state !== 'open') unwatch();
    else this.#state.unwatch = unwatch;
  }

  #watchOverview(): void {
    if (this.#state.state !== 'open' || this.#state.unwatchOverview !== undefined) return;
    const { queue, overview } = this.#deps;
    // The next one is as good.
    this.#state.unwatchOverview = overview.watch(
      (current) => void queue.sendIfWritable({ type: 'overview', overview: current }),
    );
  }

  #unwatchOverview(): void {
    if (this.#state.state !== 'open') return;
    this.#state.unwatchOverview?.();
    this.#state.unwatchOverview = undefined;
  }

  /** Tells the client once, though it may both watch and follow the session. */
  #deleted(sessionId: string): void {
    if (this.#state.state !== 'open') return;
    const isFollowed = this.#state.subscriptions.has(sessionId);
    this.#detach(sessionId);
    if (isFollowed || this.#state.unwatch !== undefined) {
      this.#deps.queue.send({ type: 'session.deleted', session_id: sessionId });
    }
  }

  /** The contract closes a connection that follows what is not shared with its user any more. */
  #unshared(sessionId: string): void {
    if (this.#state.state !== 'open') return;
    this.#deps.queue.send({ type: 'session.unshared', session_id: sessionId });
    const refusal = new CspError('permission_denied', `Session ${sessionId} is not shared with you any more`);
    this.#end({ state: 'revoked', refusal });
    this.#deps.onRevoked(refusal);
  }

  #reply<T extends keyof ReplyResults>(frame: { type: T; id: string }, result: ReplyResults[T]): void {
    this.#deps.queue.send({ type: 'reply', id: frame.id, result });
  }
}

function findId(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('id' in json)) return null;
  return typeof json.id === 'string' ? json.id : null;
}

function toInvalidFrame(issues: readonly { path: PropertyKey[]; message: string }[]): CspError {
  const details = issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const summary = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return new CspError('invalid_request', `The frame matches no schema: ${summary}`, { details: { issues: details } });
}
