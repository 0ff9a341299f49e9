import { setTimeout as delay } from 'node:timers/promises';

import { measureFolders } from '../agent-files/measure-folders.ts';
import { toSessionDirs } from '../agent-process/session-dirs.ts';
import type { WatchedTree } from '../agent-process/supervisor/supervisor.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionService } from './session-service.ts';

export interface DiskWatchDeps {
  dataDir: string;
  /** What the folders of a session may take; measured while it has a process. */
  maxBytes: number;
  sessions: Pick<SessionService, 'served' | 'watch'>;
  /** Which deleted files processes have open, as last seen. */
  supervisor: { readonly trees: readonly Pick<WatchedTree, 'pid' | 'unnamedDiskBytes'>[] };
  logger: Logger;
}

export interface DiskWatch {
  start(): void;
  /** Resolves when nothing is measured any more. */
  close(): Promise<void>;
}

const INTERVAL_MS = 10_000;
/** Measuring takes at most this share of the time. */
const MAX_SHARE = 0.05;
const MIB = 1024 * 1024;

/**
 * Stops the turn of a session whose folders, and deleted files that are open, take more disk than it may, and ends its
 * process with what runs in the background. The next message may tidy up: it is stopped again only when the folders have
 * grown since, or deleted files alone, which are gone after a stop, are over the limit.
 */
export function createDiskWatch({ dataDir, maxBytes, sessions, supervisor, logger }: DiskWatchDeps): DiskWatch {
  const closing = new AbortController();
  /** What the folders of sessions took when they were stopped; kept while they have no process, until they are deleted. */
  const stoppedAt = new Map<string, number>();
  const unwatch = sessions.watch((change) => {
    if (change.type === 'deleted') stoppedAt.delete(change.sessionId);
  });
  let watching: Promise<void> = Promise.resolve();

  const check = async (live: LiveSession): Promise<void> => {
    const { id, agentSessionId } = live.session;
    const folderBytes = await measureFolders(Object.values(toSessionDirs(dataDir, agentSessionId)), closing.signal);
    if (folderBytes === undefined || closing.signal.aborted) return;
    const { pid } = live.process;
    const unnamedBytes = supervisor.trees.find((tree) => tree.pid === pid)?.unnamedDiskBytes ?? 0;
    const bytes = folderBytes + unnamedBytes;
    if (bytes <= maxBytes) {
      stoppedAt.delete(id);
      return;
    }
    const hasGrown = folderBytes > (stoppedAt.get(id) ?? 0) || unnamedBytes > maxBytes;
    if (!hasGrown || pid === undefined) return;
    stoppedAt.set(id, folderBytes);
    logger.warn({ session_id: id, disk_bytes: bytes, max_bytes: maxBytes }, 'a session takes more disk than it may');
    await live.notify('warning', toNotice(bytes, maxBytes));
    await live.tenure.end();
  };

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const startedAt = performance.now();
      for (const live of sessions.served.filter(({ process }) => process.pid !== undefined)) {
        if (closing.signal.aborted) return;
        await check(live).catch((error: unknown) =>
          logger.warn({ err: error, session_id: live.session.id }, 'the disk of a session could not be bounded'),
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
      unwatch();
      await watching;
    },
  };
}

function toNotice(bytes: number, maxBytes: number): string {
  const used = `${Math.ceil(bytes / MIB)} MB`;
  return (
    `The files of this session take ${used}, more than the ${Math.floor(maxBytes / MIB)} MB that a session may. ` +
    'What ran was stopped. Ask the agent to delete files, or continue in a new session; it is stopped again only when they grow.'
  );
}
