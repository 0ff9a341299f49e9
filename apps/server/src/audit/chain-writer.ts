import type { Clock } from '../lib/clock.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Timers } from '../lib/timers.ts';
import type { AuditFact } from '../store/audit-facts.ts';
import type { AuditCheckpoint } from '../store/audit.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { chainFacts } from './chain.ts';
import type { CheckpointSigner } from './checkpoint.ts';
import { AUDIT_LOG, SYSTEM, toAuditFact } from './fact.ts';
import { findChainEnd, type FoundChainEnd } from './find-chain-end.ts';
import type { KnownHead } from './known-head.ts';

export interface ChainWriterDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  signer: CheckpointSigner;
  clock: Clock;
  timers: Timers;
  logger: Logger;
  knownHead: KnownHead;
}

/** Moves stored facts into the chain. */
export interface ChainWriter {
  /** Checks that the log reaches as far as this server knows, chains what waits, and looks every second from then on. */
  start(): Promise<void>;
  /** Chains all facts that were stored before the call. */
  flush(): Promise<void>;
  /** Chains what is left, as far as the store lets it, and stops. */
  close(): Promise<void>;
}

const INTERVAL_MS = 1000;
/** In one transaction: bounds how long others wait for SQLite's only connection. */
const MAX_FACTS = 200;
/** Of each block of so many entries one checkpoint is kept in the end; of the newest blocks all. */
const BLOCK = 1000;
const WHOLE_BLOCKS = 10;

/** What one transaction chained. */
interface Chained {
  /** Of the facts that waited. */
  count: number;
  head?: AuditCheckpoint | undefined;
  end?: FoundChainEnd;
}

/**
 * Facts wait in a table of the store, so a killed server loses none: the next one, or another server, chains them. The
 * end of the chain is read under a lock that all servers of a database share, and compared with what this server knows:
 * whoever can write to the database could have cut it off.
 */
export function createChainWriter(deps: ChainWriterDeps): ChainWriter {
  const { store, signer, clock, timers, logger, knownHead } = deps;
  const queue = createSerialQueue();
  let stop: (() => void) | undefined;
  let isLooking = false;

  const chainSome = async (): Promise<Chained> => {
    // Before the lock: what is known was committed then, so the database must hold it.
    const known = await knownHead.find();
    return store.transaction(async ({ audit }) => {
      await audit.lockChain();
      const facts = await audit.listPending(MAX_FACTS);
      const end = await findChainEnd(audit, { known, publicKey: signer.publicKey });
      const mismatch = end.lost && toMismatch(end.lost, end.lastSeq, clock.now());
      const entries = chainFacts(end, mismatch === undefined ? facts : [mismatch, ...facts]);
      const last = entries.at(-1);
      if (last === undefined) return { count: 0 };
      await audit.appendEntries(entries);
      await audit.removePending(facts.map(({ position }) => position));
      const head = signer.sign('head', last, clock.now());
      await audit.addCheckpoint(head);
      const block = Math.floor(head.seq / BLOCK);
      const from = (block - WHOLE_BLOCKS) * BLOCK;
      if (block > Math.floor(end.seq / BLOCK)) await audit.thinCheckpoints({ from, below: from + BLOCK });
      return { count: facts.length, head, end };
    });
  };

  const chainAll = async () => {
    for (;;) {
      const { count, head, end } = await chainSome();
      if (end?.lost !== undefined) {
        const { seq, at } = end.lost;
        logger.error({ seq, at, lastSeq: end.lastSeq }, 'the audit log does not hold the last entry that was signed');
      }
      if (head !== undefined) await knownHead.note(head);
      if (count < MAX_FACTS) return;
    }
  };

  const flush = () =>
    queue.run(async () => {
      if (await store.audit.hasPending()) await chainAll();
    });

  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      await flush();
    } catch (error) {
      logger.error({ err: error }, 'facts for the audit log could not be chained; they are kept and tried again');
    } finally {
      isLooking = false;
    }
  };

  return {
    async start() {
      await queue.run(chainAll);
      stop ??= timers.every(INTERVAL_MS, () => void look());
    },
    flush,
    async close() {
      stop?.();
      await look();
      await queue.idle();
    },
  };
}

/** The log was cut off, changed or restored from an older backup: that goes into what follows, for good. */
function toMismatch(lost: AuditCheckpoint, lastSeq: number, nowMs: number): AuditFact {
  const details = { expected_seq: lost.seq, expected_hash: lost.hash, signed_at: lost.at, last_seq: lastSeq };
  return toAuditFact(
    { actor: SYSTEM, action: 'audit.mismatch', target: AUDIT_LOG, outcome: 'failure', details },
    nowMs,
  );
}
