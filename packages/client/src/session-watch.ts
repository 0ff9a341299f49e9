import type { SessionResource, ToldStop, ToldStorageProblem } from '@claude-sdk-pattern/protocol';

export interface WatchOptions {
  /** A session was created or changed. The caller may not have seen it before. */
  onSession: (session: SessionResource) => void;
  onDeleted: (sessionId: string) => void;
  /** The session of somebody else is not shared with the user any more. */
  onUnshared?: (sessionId: string) => void;
  /** Other plugins serve new processes. */
  onPluginsChanged?: () => void;
  /**
   * No upstream of the model API takes calls, and new turns are refused. `retryAt` (ISO 8601) is when a call tries whether that
   * still lasts; null when it has ended. Told again on each connection, if it lasts then.
   */
  onModelOutage?: (retryAt: string | null) => void;
  /** An operator has stopped all new turns of the user; null when that is lifted. Told again on each connection, if it lasts then. */
  onWorkStopped?: (stop: ToldStop | null) => void;
  /** The server can store nothing new, and refuses messages; null when it can again. Told again on each connection, if it lasts then. */
  onStorageProblem?: (problem: ToldStorageProblem | null) => void;
  /** The watch is active, also after a reconnect. It does not report earlier changes, so list the sessions now. */
  onWatching?: () => void;
}

export interface SessionWatch {
  watch: (options: WatchOptions) => () => void;
  session: (session: SessionResource) => void;
  deleted: (sessionId: string) => void;
  unshared: (sessionId: string) => void;
  pluginsChanged: () => void;
  modelOutage: (retryAt: string | null) => void;
  workStopped: (stop: ToldStop | null) => void;
  storageProblem: (problem: ToldStorageProblem | null) => void;
  connected: () => void;
}

/** One watch of the connection for all callers. */
export function createSessionWatch(deps: {
  isLive: () => boolean;
  requestWatch: (onWatching: () => void) => void;
}): SessionWatch {
  const watchers = new Set<WatchOptions>();

  function start(): void {
    if (watchers.size === 0 || !deps.isLive()) return;
    deps.requestWatch(() => watchers.forEach((watcher) => watcher.onWatching?.()));
  }

  return {
    watch(options) {
      watchers.add(options);
      start();
      return () => void watchers.delete(options);
    },
    session: (session) => watchers.forEach((watcher) => watcher.onSession(session)),
    deleted: (sessionId) => watchers.forEach((watcher) => watcher.onDeleted(sessionId)),
    unshared: (sessionId) => watchers.forEach((watcher) => watcher.onUnshared?.(sessionId)),
    pluginsChanged: () => watchers.forEach((watcher) => watcher.onPluginsChanged?.()),
    modelOutage: (retryAt) => watchers.forEach((watcher) => watcher.onModelOutage?.(retryAt)),
    workStopped: (stop) => watchers.forEach((watcher) => watcher.onWorkStopped?.(stop)),
    storageProblem: (problem) => watchers.forEach((watcher) => watcher.onStorageProblem?.(problem)),
    connected: start,
  };
}
