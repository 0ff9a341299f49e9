import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { KeyDetails } from '../audit/fact.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { Session, SessionPatch } from '../store/sessions.ts';
import { findCorrelation } from '../telemetry/correlation.ts';
import type { SessionSpans } from './session-spans.ts';
import type { SessionFacts } from './session-facts.ts';
import type { TurnDeps } from './turn-deps.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import { toStatusPatch } from './status-patch.ts';

export interface AppendOptions {
  patch?: SessionPatch;
  /** The key or token with which people sent the events, for the audit log. */
  credential?: KeyDetails;
  /** Runs in the transaction that stores the events. */
  within?: (transaction: StoreTransaction, firstSeq: number) => Promise<void>;
  /** Called after the commit, before the flush to the disk. */
  onCommitted?: () => void;
}

export interface SessionRecordOptions {
  /** What of the events goes into the audit log. */
  facts: Pick<SessionFacts, 'take' | 'tellAnswer'>;
  session: Session;
  fence: number;
  /** Makes traces of what is stored. */
  spans?: Pick<SessionSpans, 'note'> | undefined;
  onChange(): void;
  /** A commit succeeded, but its flush failed: the events are stored, and subscribers have not received them. */
  onFlushFailed(error: unknown): void;
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
   * Stores and publishes events. The row changes in the same transaction, before anyone sees the events. Resolves
   * with the `seq` of the first event after the flush.
   */
  async append(events: readonly SessionEvent[], options: AppendOptions = {}): Promise<number> {
    const { durable } = await this.commit(events, options);
    return durable;
  }

  /**
   * The same, but resolves after the commit. If the process dies, nothing committed is lost; if the machine does,
   * this commit and all later ones may be. The events are published after the flush, when `durable` resolves; the
   * caller need not handle it.
   */
  async commit(
    events: readonly SessionEvent[],
    options: AppendOptions = {},
  ): Promise<{ first: number; durable: Promise<number> }> {
    const patch = { ...toStatusPatch(events), ...options.patch };
    const hasPatch = Object.keys(patch).length > 0;
    const { facts, unknown } = this.#options.facts.take(this.#session, events, options.credential);
    const runsWithin = hasPatch || options.within !== undefined || unknown.length > 0;
    const { id } = this.#session;
    const { fence } = this.#options;
    // Read here: commits of one moment share a transaction, and what runs after it.
    const origin = this.#options.spans && findCorrelation()?.span;
    const committed = Promise.withResolvers<number>();
    let isCommitted = false;
    let updated: Session | undefined;
    const within = async (transaction: StoreTransaction, firstSeq: number) => {
      await options.within?.(transaction, firstSeq);
      for (const answer of unknown) {
        const asked = await transaction.events.find(id, answer.tool_use_id);
        const approval = await transaction.approvals.find(answer.tool_use_id);
        const fact = this.#options.facts.tellAnswer(this.#session, answer, {
          ...{ asked: asked?.body, approval, credential: options.credential },
        });
        await transaction.audit.add([fact]);
      }
      if (hasPatch) updated = await transaction.sessions.update(id, patch, { fence });
    };
    const onCommitted = (first: number) => {
      isCommitted = true;
      this.#session = {
        ...(updated ?? this.#session),
        lastSeq: Math.max(this.#session.lastSeq, first + events.length - 1),
      };
      this.#options.spans?.note(events, origin);
      options.onCommitted?.();
      committed.resolve(first);
    };
    const durable = this.#deps.journal
      .append({ sessionId: id, fence, events, facts, onCommitted, ...(runsWithin && { within }) })
      .then(
        (first) => {
          // The list of sessions shows whether a session has a process.
          if (hasPatch || events.some(({ type }) => type.startsWith('session.process_'))) this.#options.onChange();
          return first;
        },
        (error: unknown) => {
          if (isCommitted) this.#options.onFlushFailed(error);
          throw error;
        },
      );
    durable.catch(committed.reject);
    const first = await committed.promise;
    return { first, durable };
  }

  /** Gives an event its id and its time. */
  stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }
}
