import type { AuditAnchor } from '../data-dir/audit-anchor.ts';
import type { Clock } from '../lib/clock.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import type { AuditEntry, AuditListOptions } from '../store/audit.ts';
import type { Repositories, Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createChainWriter } from './chain-writer.ts';
import { createCheckpointSigner } from './checkpoint.ts';
import { AUDIT_LOG, SYSTEM, toAuditFact, type Fact } from './fact.ts';
import { createAuditIntents } from './intents.ts';
import { createKnownHead } from './known-head.ts';
import { removeOldEntries } from './retention.ts';

export interface AuditLogDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  /** The server's secrets key, from which the signing key is derived. */
  secretsKey: string;
  anchor: AuditAnchor;
  /** Of this server. */
  nodeId: string;
  /** Public keys of earlier secrets keys: retention removes what their checkpoints prove, too. */
  trustedKeys?: readonly string[] | undefined;
  /** Days that entries are kept; 0 is for ever. */
  retentionDays: number;
  clock: Clock;
  logger: Logger;
  timers?: Timers;
}

/** For everything that acts. */
export interface AuditRecorder {
  /**
   * Stores a fact; resolves when it is on the disk, and rejects like the store where it cannot be. With a transaction
   * the fact is part of that. An action that has no transaction records before it answers.
   */
  record(fact: Fact, transaction?: Pick<Repositories, 'audit'>): Promise<void>;
}

/** For everything that changes accounts, whose changes have transactions of their own. */
export interface ChangeRecorder extends AuditRecorder {
  /**
   * Does something that has transactions of its own. The intent is stored before, and what `toFacts` says (by default the
   * intent itself) takes its place afterwards; nothing does where `work` refuses with a `CspError` below 500. Where the
   * server ends between, the intent goes into the log at the next start, with the outcome `unknown`: there is no change
   * without an entry.
   */
  during<T>(intent: Fact, work: () => Promise<T>, toFacts?: (result: T) => readonly Fact[]): Promise<T>;
}

/** The append-only log of who did what. `start()` first. */
export interface AuditLog extends ChangeRecorder {
  /** Checks that the log reaches as far as this server has signed it, then chains facts every second. */
  start(): Promise<void>;
  /** Newest first unless `order` says otherwise; with everything that was recorded before the call. */
  list(options: AuditListOptions): Promise<AuditEntry[]>;
  /** All that fit, oldest first, page by page. */
  export(filters: Omit<AuditListOptions, 'limit' | 'order' | 'after'>): AsyncIterable<AuditEntry[]>;
  /** Chains what is left and stops. */
  close(): Promise<void>;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const EXPORT_PAGE = 500;

export function createAuditLog(deps: AuditLogDeps): AuditLog {
  const { store, anchor, clock, logger, timers = systemTimers } = deps;
  const signer = createCheckpointSigner(deps.secretsKey);
  const closing = new AbortController();
  const stops: (() => void)[] = [];
  let sweeping: Promise<void> = Promise.resolve();

  const knownHead = createKnownHead({ anchor, publicKey: signer.publicKey, logger });
  const writer = createChainWriter({ store, signer, clock, timers, logger, knownHead });

  const intents = createAuditIntents({ store, nodeId: deps.nodeId, clock, logger });
  const settleOld = () =>
    void intents.settleOld().catch((error: unknown) => logger.error({ err: error }, 'intents could not be settled'));

  const record: AuditRecorder['record'] = (fact, transaction = store) =>
    transaction.audit.add([toAuditFact(fact, clock.now())]);

  const sweep = async () => {
    const since = new Date(clock.now() - deps.retentionDays * DAY_MS).toISOString();
    const trustedKeys = new Set([signer.publicKey, ...(deps.trustedKeys ?? [])]);
    const options = { since, signal: closing.signal };
    const { count, fault } = await removeOldEntries({ store, signer, trustedKeys, clock }, options);
    const fact = { actor: SYSTEM, action: 'audit.retain', target: AUDIT_LOG } as const;
    const details = { entries: count, before: since };
    if (count > 0) {
      logger.info({ entries: count, days: deps.retentionDays }, 'removed audit entries after their retention');
      await record({ ...fact, details });
    }
    if (fault === undefined) return;
    const { seq, message } = fault;
    logger.error({ seq, reason: message }, 'old audit entries are kept: they are not those that were signed');
    await record({ ...fact, outcome: 'failure', details: { before: since, seq, reason: message } });
  };
  const sweepInBackground = () => {
    sweeping = sweeping.then(sweep).catch((error: unknown) => {
      logger.error({ err: error }, 'old audit entries could not be removed; tried again tomorrow');
    });
  };

  return {
    record,
    during: intents.during,

    async start() {
      await intents.settleLeft();
      await writer.start();
      stops.push(timers.every(HOUR_MS, settleOld));
      if (deps.retentionDays === 0) return;
      sweepInBackground();
      stops.push(timers.every(DAY_MS, sweepInBackground));
    },

    async list(options) {
      await writer.flush();
      return store.audit.list(options);
    },

    async *export(filters) {
      await writer.flush();
      for (let after: number | undefined; ;) {
        const page = await store.audit.list({ ...filters, order: 'asc', after, limit: EXPORT_PAGE });
        if (page.length > 0) yield page;
        after = page.at(-1)?.seq;
        if (page.length < EXPORT_PAGE) return;
      }
    },

    async close() {
      closing.abort();
      for (const stop of stops) stop();
      await sweeping;
      await writer.close();
    },
  };
}
