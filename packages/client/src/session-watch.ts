import type { SessionResource } from '@claude-sdk-pattern/protocol';

export interface WatchOptions {
  /** A session was created or changed, also one that the caller has not seen before. */
  onSession: (session: SessionResource) => void;
  onDeleted: (sessionId: string) => void;
  /** The watch holds (again): what changed before this is not told, so list the sessions now. */
  onWatching?: () => void;
}

export interface SessionWatch {
  watch: (options: WatchOptions) => () => void;
  session: (session: SessionResource) => void;
  deleted: (sessionId: string) => void;
  connected: () => void;
}

/** Shares the connection's one watch among all that want it. */
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
    connected: start,
  };
}
