import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { StoreTransaction } from '../store/port.ts';
import type { Session, SessionPatch } from '../store/sessions.ts';
import type { TurnDeps } from './turn-deps.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import { toStatusPatch } from './status-patch.ts';

export interface AppendOptions {
  patch?: SessionPatch;
  /** Runs in the transaction that stores the events. */
  within?: (transaction: StoreTransaction, firstSeq: number) => Promise<void>;
  /** Called as soon as it is committed, while the commit is still being flushed to the disk. */
  onCommitted?: () => void;
}

export interface SessionRecordOptions {
  session: Session;
  fence: number;
  onChange(): void;
  /** Something was committed and could not be flushed: it stands, and nobody was told. */
  onDoubt(error: unknown): void;
}

/** A session's row and its journal, written together under the lease of this server. */
export class SessionRecord {
  readonly #deps: Pick<TurnDeps, 'journal' | 'clock'>;
  readonly #options: SessionRecordOptions;
  #session: Session;
  #durable: Promise<unknown> = Promise.resolve();

  constructor(deps: Pick<TurnDeps, 'journal' | 'clock'>, options: SessionRecordOptions) {
    this.#deps = deps;
    this.#session = options.session;
    this.#options = options;
  }

  get session(): Session {
    return this.#session;
  }

  /** Settles when everything that is committed is also durable; rejects where the last of it is in doubt. */
  get durable(): Promise<unknown> {
    return this.#durable;
  }

  /**
   * Stores and publishes events; the row changes in the same transaction, before anyone sees the events. Resolves with
   * the `seq` of the first one when they are durable.
   */
  async append(events: readonly SessionEvent[], options: AppendOptions = {}): Promise<number> {
    const { durable } = await this.commit(events, options);
    return durable;
  }

  /**
   * The same, but resolves when they are committed: a process that dies has not lost them, a machine may, and then all
   * that was committed later with them. Nobody sees them before `durable`, which the caller need not handle.
   */
  async commit(
    events: readonly SessionEvent[],
    options: AppendOptions = {},
  ): Promise<{ first: number; durable: Promise<number> }> {
    const patch = { ...toStatusPatch(events), ...options.patch };
    const hasPatch = Object.keys(patch).length > 0;
    const { id } = this.#session;
    const { fence } = this.#options;
    const committed = Promise.withResolvers<number>();
    let isCommitted = false;
    let updated: Session | undefined;
    const within = async (transaction: StoreTransaction, firstSeq: number) => {
      await options.within?.(transaction, firstSeq);
      if (hasPatch) updated = await transaction.sessions.update(id, patch, { fence });
    };
    const onCommitted = (first: number) => {
      isCommitted = true;
      this.#session = {
        ...(updated ?? this.#session),
        lastSeq: Math.max(this.#session.lastSeq, first + events.length - 1),
      };
      options.onCommitted?.();
      committed.resolve(first);
    };
    const durable = this.#deps.journal
      .append({ sessionId: id, fence, events, onCommitted, ...((hasPatch || options.within) && { within }) })
      .then(
        (first) => {
          // What its process does is part of how a session is listed.
          if (hasPatch || events.some(({ type }) => type.startsWith('session.process_'))) this.#options.onChange();
          return first;
        },
        (error: unknown) => {
          if (isCommitted) this.#options.onDoubt(error);
          throw error;
        },
      );
    durable.catch(committed.reject);
    const first = await committed.promise;
    this.#durable = durable;
    return { first, durable };
  }

  /** Gives an event its id and its time. */
  stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }
}
