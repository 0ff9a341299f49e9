import {
  CLOSE_SLOW_READER,
  CspError,
  clientFrame,
  type ClientFrame,
  type ReplyResults,
  type SessionResource,
} from '@claude-sdk-pattern/protocol';
import type { RawData, WebSocket } from 'ws';

import type { Principal } from '../identity/principal.ts';
import type { Subscription } from '../journal/subscription.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Caller, SessionService } from '../sessions/session-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import { logIfOurs, toCspError } from './error-envelope.ts';
import { createSendQueue, type SendQueue } from './send-queue.ts';
import { createSessionAttachment } from './session-attachment.ts';

export interface ChatConnectionDeps {
  socket: WebSocket;
  principal: Principal;
  sessions: SessionService;
  logger: Logger;
}

/** A client that does not answer a ping within this time is gone, whatever its socket says. */
const PING_INTERVAL_MS = 30_000;
/** Frames of one client that wait for their turn; beyond them its socket is not read. */
const MAX_WAITING_FRAMES = 64;

/** One client on `/ws/v1/chat`, from its upgrade until its close. Frames are done one after the other, in their order. */
export class ChatConnection {
  readonly #deps: ChatConnectionDeps;
  readonly #queue: SendQueue;
  readonly #frames = createSerialQueue();
  readonly #subscriptions = new Map<string, Subscription>();
  #waitingFrames = 0;
  #answeredPing = true;
  #unwatch: (() => void) | undefined;
  #pinger: NodeJS.Timeout | undefined;

  constructor(deps: ChatConnectionDeps) {
    this.#deps = deps;
    this.#queue = createSendQueue(deps.socket, {
      onOverflow: () =>
        deps.socket.close(CLOSE_SLOW_READER, 'The reader fell too far behind. Attach again after the last seq'),
    });
  }

  start(): void {
    const { socket, logger } = this.#deps;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#answeredPing = true;
    });
    // A frame over the limit, a broken frame: the socket closes itself with the right code.
    socket.on('error', (error) => logger.debug({ err: error }, 'a client socket failed'));
    socket.on('close', () => this.#release());
    this.#pinger = setInterval(() => this.#ping(), PING_INTERVAL_MS);
  }

  close(code: number, reason: string): void {
    this.#deps.socket.close(code, reason);
  }

  #receive(data: RawData, isBinary: boolean): void {
    const { socket } = this.#deps;
    this.#waitingFrames += 1;
    if (this.#waitingFrames >= MAX_WAITING_FRAMES) socket.pause();
    void this.#frames.run(async () => {
      await this.#handle(data, isBinary);
      this.#waitingFrames -= 1;
      if (this.#waitingFrames < MAX_WAITING_FRAMES && socket.isPaused) socket.resume();
    });
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    let id: string | null = null;
    try {
      const json = parseJson(data, isBinary);
      id = findId(json);
      const parsed = clientFrame.safeParse(json);
      if (!parsed.success) throw toInvalidFrame(parsed.error.issues);
      await this.#answer(parsed.data);
    } catch (error) {
      const known = toCspError(error);
      logIfOurs(known, this.#deps.logger);
      const retry = known.retryAfterMs === undefined ? {} : { retry_after_ms: known.retryAfterMs };
      this.#queue.send({ type: 'error', id, error: known.toBody(), ...retry });
    }
  }

  async #answer(frame: ClientFrame): Promise<void> {
    const { sessions, principal } = this.#deps;
    const caller: Caller = { id: principal.userId, name: principal.name, requestId: frame.id };
    switch (frame.type) {
      case 'ping':
        this.#queue.send({ type: 'pong', id: frame.id });
        return;
      case 'session.create': {
        const created = await sessions.create(caller, frame.session);
        await this.#attach(caller, created.session.id, { after: 0, onReady: () => this.#reply(frame, created) });
        return;
      }
      case 'session.attach':
        await this.#attach(caller, frame.session_id, {
          after: frame.after ?? 0,
          onReady: (answer) => this.#reply(frame, answer),
        });
        return;
      case 'session.detach':
        this.#detach(frame.session_id);
        this.#reply(frame, {});
        return;
      case 'session.send':
        this.#reply(frame, await sessions.send(caller, frame.session_id, frame.events));
        return;
      case 'session.update': {
        const { type: _, id: __, session_id, ...params } = frame;
        this.#reply(frame, { session: await sessions.update(caller, session_id, params) });
        return;
      }
      case 'session.fork': {
        const forked = await sessions.fork(caller, frame.session_id, {
          ...(frame.after_event_id !== undefined && { afterEventId: frame.after_event_id }),
          ...(frame.title !== undefined && { title: frame.title }),
        });
        await this.#attach(caller, forked.session.id, { after: 0, onReady: () => this.#reply(frame, forked) });
        return;
      }
      case 'session.withdraw':
        await sessions.withdraw(caller, frame.session_id, frame.event_id);
        this.#reply(frame, {});
        return;
      case 'sessions.watch':
        this.#watch();
        this.#reply(frame, {});
        return;
    }
  }

  async #attach(
    caller: Caller,
    sessionId: string,
    options: { after: number; onReady: (answer: { session: SessionResource; last_seq: number }) => void },
  ): Promise<void> {
    const subscription = await this.#deps.sessions.attach(caller, sessionId, {
      after: options.after,
      subscriber: createSessionAttachment(sessionId, this.#queue),
      onReady: (answer) => {
        // The stream that was there before ends before the answer, so that nothing comes twice.
        this.#detach(sessionId);
        options.onReady(answer);
      },
    });
    if (this.#deps.socket.readyState === this.#deps.socket.OPEN) this.#subscriptions.set(sessionId, subscription);
    else subscription.close();
  }

  #detach(sessionId: string): void {
    this.#subscriptions.get(sessionId)?.close();
    this.#subscriptions.delete(sessionId);
  }

  #watch(): void {
    const { userId } = this.#deps.principal;
    this.#unwatch ??= this.#deps.sessions.watch((change) => {
      if (change.ownerId !== userId) return;
      if (change.type === 'changed') this.#queue.send({ type: 'session', session: change.session });
      else this.#queue.send({ type: 'session.deleted', session_id: change.sessionId });
    });
  }

  #reply<T extends keyof ReplyResults>(frame: { type: T; id: string }, result: ReplyResults[T]): void {
    this.#queue.send({ type: 'reply', id: frame.id, result });
  }

  #ping(): void {
    if (!this.#answeredPing) {
      this.#deps.socket.terminate();
      return;
    }
    this.#answeredPing = false;
    this.#deps.socket.ping();
  }

  #release(): void {
    clearInterval(this.#pinger);
    this.#unwatch?.();
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }
}

function parseJson(data: RawData, isBinary: boolean): unknown {
  if (isBinary) throw new CspError('invalid_request', 'Frames are JSON text, not binary');
  try {
    // One buffer, as `ws` gives it unless asked for something else.
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    throw new CspError('invalid_request', 'The frame is not JSON');
  }
}

function findId(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('id' in json)) return null;
  return typeof json.id === 'string' ? json.id : null;
}

function toInvalidFrame(issues: readonly { path: PropertyKey[]; message: string }[]): CspError {
  const details = issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const summary = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return new CspError('invalid_request', `The frame fits no schema: ${summary}`, { details: { issues: details } });
}
