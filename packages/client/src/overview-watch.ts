import type { OverviewResource } from '@claude-sdk-pattern/protocol';

export type OverviewListener = (overview: OverviewResource) => void;

export interface OverviewWatch {
  /** Calls back every few seconds, for operators. The returned function stops it. */
  watch: (listener: OverviewListener) => () => void;
  overview: OverviewListener;
  connected: () => void;
}

/** One watch of the connection for all callers; the server is asked only while there are some. */
export function createOverviewWatch(deps: {
  isLive: () => boolean;
  request: (type: 'overview.watch' | 'overview.unwatch') => void;
}): OverviewWatch {
  const listeners = new Set<OverviewListener>();
  const ask = (type: 'overview.watch' | 'overview.unwatch') => {
    if (deps.isLive()) deps.request(type);
  };
  return {
    watch(listener) {
      listeners.add(listener);
      if (listeners.size === 1) ask('overview.watch');
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) ask('overview.unwatch');
      };
    },
    overview: (current) => listeners.forEach((listener) => listener(current)),
    connected() {
      if (listeners.size > 0) ask('overview.watch');
    },
  };
}
