import type { Clock } from '../lib/clock.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Timers } from '../lib/timers.ts';
import type { AuditCheckpoint } from '../store/audit.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { chainFacts, FIRST_PREV_HASH } from './chain.ts';
import type { CheckpointSigner } from './checkpoint.ts';

export interface ChainWriterDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  signer: CheckpointSigner;
  clock: Clock;
  timers: Timers;
  logger: Logger;
  /** After each commit, with how far the log reaches now. */
  onSigned(head: AuditCheckpoint): Promise<void>;
}

/** Moves stored facts into the chain. */
export interface ChainWriter {
  /** Looks every second from now on. */
  start(): void;
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

/**
 * Facts wait in a table of the store, so a killed server loses none: the next one, or another server, chains them. The
 * end of the chain is read under a lock that all servers of a database share.
 */
export function createChainWriter(deps: ChainWriterDeps): ChainWriter {
  const { store, signer, clock, timers, logger } = deps;
  const queue = createSerialQueue();
  let stop: (() => void) | undefined;
  let isLooking = false;

  const chainSome = async (): Promise<{ count: number; head: AuditCheckpoint | undefined }> =>
    store.transaction(async ({ audit }) => {
      await audit.lockChain();
      const facts = await audit.listPending(MAX_FACTS);
      if (facts.length === 0) return { count: 0, head: undefined };
      const end = await audit.findCheckpoint('head');
      // Where somebody has appended entries or cut some off, the chain goes on from what was signed, behind all of them:
      // that leaves a break, and nothing that this server signs makes up for it.
      const seq = Math.max(end?.seq ?? 0, await audit.findLastSeq());
      const entries = chainFacts({ seq, hash: end?.hash ?? FIRST_PREV_HASH }, facts);
      await audit.appendEntries(entries);
      await audit.removePending(facts.map(({ position }) => position));
      const last = entries.at(-1);
      const head = last && signer.sign('head', last, clock.now());
      if (head !== undefined) {
        await audit.addCheckpoint(head);
        const block = Math.floor(head.seq / BLOCK);
        const from = (block - WHOLE_BLOCKS) * BLOCK;
        if (block > Math.floor(seq / BLOCK)) await audit.thinCheckpoints({ from, below: from + BLOCK });
      }
      return { count: facts.length, head };
    });

  const flush = () =>
    queue.run(async () => {
      if (!(await store.audit.hasPending())) return;
      for (;;) {
        const { count, head } = await chainSome();
        if (head !== undefined) await deps.onSigned(head);
        if (count < MAX_FACTS) return;
      }
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
    start() {
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
