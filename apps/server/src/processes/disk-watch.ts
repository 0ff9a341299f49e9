import { setTimeout as delay } from 'node:timers/promises';

import { makeRoom } from '../lib/make-room.ts';
import type { DiskUse } from '../store/disk-use.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import {
  judgeDisk,
  judgeNearness,
  judgeUserDisk,
  NO_DISK_USE,
  type DiskLimits,
  type TakenDisk,
} from '../workspaces/judge-disk.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createDiskHistories } from './disk-histories.ts';
import { toNearNotice, toStopNotice, type DiskReason, type NearLimit } from './disk-notice.ts';
import type { ProcessHolder } from './process-holder.ts';
import type { WatchedTree } from './supervisor.ts';

export interface DiskWatchDeps {
  workspaces: Pick<Workspaces, 'of'>;
  store: Pick<Store, 'diskUse'>;
  placeId: string;
  /** For the folders of one session. They are measured while the session has a process, and once afterwards. */
  limits: DiskLimits;
  /** For all sessions of one user, on all servers. */
  userLimits: DiskLimits;
  holders(): readonly ProcessHolder[];
  /** Calls back with the id of each deleted session. Returns the unsubscriber. */
  onDeleted(listener: (sessionId: string) => void): () => void;
  /** Knows how much disk the deleted files take that processes still have open, as of its last sweep. */
  supervisor: { readonly trees: readonly Pick<WatchedTree, 'id' | 'unnamedDiskBytes'>[] };
  metrics: Pick<Metrics, 'diskStops' | 'sessionsDisk' | 'sessionsEntries'>;
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
/** Sessions without a process of which nothing is known, such as those of an older version, that are measured in a round. */
const UNMEASURED_A_ROUND = 20;
const MAX_REMEMBERED = 10_000;

/** What is remembered of a session while it has a process; all of it may be forgotten. */
interface Remembered {
  baseline: DiskUse | undefined;
  told: Set<NearLimit>;
}

/**
 * Measures how much disk each session with a process takes: its folders, and deleted files that its processes still have
 * open. Over a limit of the session, or of its user if it grows, the turn is stopped, and the process ends with all that it has started.
 */
export function createDiskWatch(deps: DiskWatchDeps): DiskWatch {
  const { workspaces, store, placeId, limits, userLimits, holders, onDeleted, supervisor, metrics, logger } = deps;
  const closing = new AbortController();
  const histories = createDiskHistories();
  const remembered = new Map<string, Remembered>();
  const unsubscribe = onDeleted((sessionId) => {
    histories.forget(sessionId);
    remembered.delete(sessionId);
  });
  let watching: Promise<void> = Promise.resolve();
  /** Sessions of the round before, which may have lost their process since. */
  let before = new Map<string, string>();
  let unmeasuredAfter: string | undefined = '';

  const measure = async (
    { id, agentSessionId }: { id: string; agentSessionId: string },
    beside: readonly string[] = [],
  ): Promise<TakenDisk | undefined> => {
    const measured = await workspaces.of(agentSessionId).measure(beside, closing.signal);
    if (measured === undefined || closing.signal.aborted || measured.uncounted === 'late') return measured;
    await store.diskUse.note({ id, placeId }, { bytes: measured.bytes, entries: measured.entries });
    return measured;
  };

  const remember = (id: string): Remembered => {
    const known = remembered.get(id) ?? { baseline: undefined, told: new Set() };
    remembered.delete(id);
    makeRoom(remembered, MAX_REMEMBERED);
    remembered.set(id, known);
    return known;
  };

  const check = async (holder: ProcessHolder): Promise<void> => {
    const { id, ownerId } = holder.session;
    // The CLAUDE_CONFIG_DIR of a resumed process is not one of the session's folders, so it is measured as well.
    const { configDir, processId } = holder.process;
    const last = (await store.diskUse.find({ id, placeId })) ?? NO_DISK_USE;
    const measured = await measure(holder.session, configDir === undefined ? [] : [configDir]);
    if (measured === undefined || closing.signal.aborted || processId === undefined) return;
    if (processId !== holder.process.processId) return;
    const unnamedBytes = supervisor.trees.find((tree) => tree.id === processId)?.unnamedDiskBytes ?? 0;
    const judged = judgeDisk({ ...measured, unnamedBytes }, { history: histories.find(id), ...limits });
    histories.note(id, judged.history);
    const taken: DiskUse = { bytes: measured.bytes + unnamedBytes, entries: measured.entries };
    const user = await store.diskUse.sumOfUser(ownerId);
    const known = remember(id);
    const ofUser = judgeUserDisk(
      { session: measured, user },
      { baseline: known.baseline, before: last, ...userLimits },
    );
    known.baseline = ofUser.baseline;
    if (judged.stop !== undefined) return stop(holder, judged.stop, { taken, most: limits });
    if (ofUser.stop !== undefined) return stop(holder, ofUser.stop, { taken: user, most: userLimits });
    await warn(holder, known, { taken, user });
  };

  const stop = async (
    holder: ProcessHolder,
    reason: DiskReason,
    { taken, most }: { taken: DiskUse; most: DiskLimits },
  ): Promise<void> => {
    const facts = { session_id: holder.session.id, disk_bytes: taken.bytes, entries: taken.entries, reason };
    logger.warn(facts, 'a session takes more disk than it may, or it cannot be told how much');
    metrics.diskStops.inc({ reason });
    await holder.notify('warning', toStopNotice(reason, taken, most));
    await holder.end();
  };

  const warn = async (
    holder: ProcessHolder,
    { told }: Remembered,
    { taken, user }: { taken: DiskUse; user: DiskUse },
  ): Promise<void> => {
    const shares: readonly [NearLimit, number, number][] = [
      ['bytes', taken.bytes, limits.maxBytes],
      ['entries', taken.entries, limits.maxEntries],
      ['user_bytes', user.bytes, userLimits.maxBytes],
      ['user_entries', user.entries, userLimits.maxEntries],
    ];
    for (const [near, used, most] of shares) {
      const { tell, wasTold } = judgeNearness(used, most, told.has(near));
      if (wasTold) told.add(near);
      else told.delete(near);
      const isOfUser = near.startsWith('user');
      if (tell)
        await holder.notify('warning', toNearNotice(near, isOfUser ? user : taken, isOfUser ? userLimits : limits));
    }
  };

  const attempt = async (sessionId: string, work: () => Promise<unknown>): Promise<void> => {
    if (closing.signal.aborted) return;
    await work().catch((error: unknown) =>
      logger.warn({ err: error, session_id: sessionId }, 'the disk of a session could not be bounded'),
    );
  };

  const measureUnmeasured = async (): Promise<void> => {
    if (unmeasuredAfter === undefined) return;
    const page = { after: unmeasuredAfter, limit: UNMEASURED_A_ROUND };
    const found = await store.diskUse.listUnmeasured(placeId, page);
    for (const session of found) await attempt(session.id, () => measure(session));
    unmeasuredAfter = found.at(-1)?.id;
  };

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const startedAt = performance.now();
      const now = holders().filter(({ process }) => process.processId !== undefined);
      for (const holder of now) await attempt(holder.session.id, () => check(holder));
      const running = new Map(now.map(({ session }) => [session.id, session.agentSessionId]));
      for (const [id, agentSessionId] of before)
        if (!running.has(id)) await attempt(id, () => measure({ id, agentSessionId }));
      before = running;
      await attempt('', measureUnmeasured);
      await attempt('', async () => {
        const { bytes, entries } = await store.diskUse.sumOfServer(placeId);
        metrics.sessionsDisk.set(bytes);
        metrics.sessionsEntries.set(entries);
      });
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
