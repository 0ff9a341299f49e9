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
  /** Something was committed and could not be flushed: it stands, and the row in memory does not know of it. */
  onDoubt(error: unknown): void;
}

/** A session's row and its journal, written together under the lease of this server. */
export class SessionRecord {
  readonly #deps: Pick<TurnDeps, 'journal' | 'clock'>;
  readonly #options: SessionRecordOptions;
  #session: Session;

  constructor(deps: Pick<TurnDeps, 'journal' | 'clock'>, options: SessionRecordOptions) {
    this.#deps = deps;
    this.#session = options.session;
    this.#options = options;
  }

  get session(): Session {
    return this.#session;
  }

  /**
   * Stores and publishes events; the row changes in the same transaction, before anyone sees the events. Resolves with
   * the `seq` of the first one.
   */
  async append(events: readonly SessionEvent[], options: AppendOptions = {}): Promise<number> {
    const patch = { ...toStatusPatch(events), ...options.patch };
    const hasPatch = Object.keys(patch).length > 0;
    const { id } = this.#session;
    const { fence } = this.#options;
    let isCommitted = false;
    let updated: Session | undefined;
    const within = async (transaction: StoreTransaction, firstSeq: number) => {
      await options.within?.(transaction, firstSeq);
      if (hasPatch) updated = await transaction.sessions.update(id, patch, { fence });
    };
    const onCommitted = () => {
      isCommitted = true;
      options.onCommitted?.();
    };
    const first = await this.#deps.journal
      .append({ sessionId: id, fence, events, ...((hasPatch || options.within) && { within, onCommitted }) })
      .catch((error: unknown) => {
        if (isCommitted) this.#options.onDoubt(error);
        throw error;
      });
    this.#session = {
      ...(updated ?? this.#session),
      lastSeq: Math.max(this.#session.lastSeq, first + events.length - 1),
    };
    // What its process does is part of how a session is listed.
    if (hasPatch || events.some(({ type }) => type.startsWith('session.process_'))) this.#options.onChange();
    return first;
  }

  /** Gives an event its id and its time. */
  stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }
}
