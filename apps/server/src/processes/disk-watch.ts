import { setTimeout as delay } from 'node:timers/promises';

import type { Workspaces } from '../workspaces/workspaces.ts';
import type { WatchedTree } from './supervisor.ts';
import type { Logger } from '../telemetry/logger.ts';
import { judgeDisk } from '../workspaces/judge-disk.ts';
import { createDiskHistories } from './disk-histories.ts';
import type { ProcessHolder } from './process-holder.ts';

export interface DiskWatchDeps {
  workspaces: Pick<Workspaces, 'of'>;
  /** Limit for the folders of one session. They are measured while the session has a process. */
  maxBytes: number;
  holders(): readonly ProcessHolder[];
  /** Calls back with the id of each deleted session. Returns the unsubscriber. */
  onDeleted(listener: (sessionId: string) => void): () => void;
  /** Knows how much disk the deleted files take that processes still have open, as of its last sweep. */
  supervisor: { readonly trees: readonly Pick<WatchedTree, 'id' | 'unnamedDiskBytes'>[] };
  logger: Logger;
}

export interface DiskWatch {
  start(): void;
  /** Resolves when nothing is measured any more. */
  close(): Promise<void>;
}

const INTERVAL_MS = 10_000;
/** The pause between two rounds is long enough for measuring to take at most this share of the time. */
const MAX_SHARE = 0.05;
const MIB = 1024 * 1024;

/**
 * Measures how much disk each session with a process takes: its folders, and deleted files that its processes still have
 * open. Over the limit the turn is stopped, and the process ends with all that it has started.
 */
export function createDiskWatch({
  workspaces,
  maxBytes,
  holders,
  onDeleted,
  supervisor,
  logger,
}: DiskWatchDeps): DiskWatch {
  const closing = new AbortController();
  const histories = createDiskHistories();
  const unsubscribe = onDeleted((sessionId) => histories.forget(sessionId));
  let watching: Promise<void> = Promise.resolve();

  const check = async (holder: ProcessHolder): Promise<void> => {
    const { id, agentSessionId } = holder.session;
    // The CLAUDE_CONFIG_DIR of a resumed process is not one of the session's folders, so it is measured as well.
    const { configDir, processId } = holder.process;
    const beside = configDir === undefined ? [] : [configDir];
    const measured = await workspaces.of(agentSessionId).measure(beside, closing.signal);
    if (measured === undefined || closing.signal.aborted || processId === undefined) return;
    if (processId !== holder.process.processId) return;
    const unnamedBytes = supervisor.trees.find((tree) => tree.id === processId)?.unnamedDiskBytes ?? 0;
    const { stop, history } = judgeDisk({ ...measured, unnamedBytes }, { history: histories.find(id), maxBytes });
    histories.note(id, history);
    if (stop === undefined) return;
    const bytes = measured.bytes + unnamedBytes;
    const facts = { session_id: id, disk_bytes: bytes, max_bytes: maxBytes, reason: stop };
    logger.warn(facts, 'a session takes more disk than it may, or it cannot be told how much');
    await holder.notify('warning', toNotice(stop, { bytes, maxBytes }));
    await holder.end();
  };

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const startedAt = performance.now();
      for (const holder of holders().filter(({ process }) => process.processId !== undefined)) {
        if (closing.signal.aborted) return;
        await check(holder).catch((error: unknown) =>
          logger.warn({ err: error, session_id: holder.session.id }, 'the disk of a session could not be bounded'),
        );
      }
      const pauseMs = Math.max(INTERVAL_MS, (performance.now() - startedAt) / MAX_SHARE);
      await delay(pauseMs, undefined, { ref: false, signal: closing.signal }).catch(() => undefined);
    }
  };

  return {
    start() {
      watching = watch();
    },
    async close() {
      closing.abort();
      unsubscribe();
      await watching;
    },
  };
}

function toNotice(stop: 'big' | 'closed' | 'late', { bytes, maxBytes }: { bytes: number; maxBytes: number }): string {
  const stopped = 'What ran was stopped.';
  const orElse = 'or continue in a new session';
  switch (stop) {
    case 'big':
      return (
        `The files of this session take ${Math.ceil(bytes / MIB)} MB, more than the ${Math.floor(maxBytes / MIB)} MB that a ` +
        `session may. ${stopped} Ask the agent to delete files, ${orElse}; it is stopped again only when they grow.`
      );
    case 'closed':
      return (
        `A folder of this session cannot be read, so that nobody can tell how much its files take. ${stopped} ` +
        `Ask the agent to open its folders (chmod -R u+rwX), ${orElse}.`
      );
    case 'late':
      return (
        `The files of this session are too many to be measured. ${stopped} ` +
        `Ask the agent to delete files, ${orElse}; it is stopped again as long as they are too many.`
      );
  }
}
