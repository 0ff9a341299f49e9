import type { ProcessView, SessionView } from './session-view.ts';

/** Wakes the agent process when a person begins to write, at most once for each period without a process. */
export interface WakeHint {
  note: (view: SessionView) => void;
  /** After a new attach the server may have restarted and lost the earlier request, so it may be sent again. */
  reset: () => void;
}

/** Creates the hint. `wake` costs nothing if the process runs already. */
export function createWakeHint(wake: () => void): WakeHint {
  let askedIn: ProcessView | null = null;
  return {
    note(view) {
      const { process } = view;
      // A session with running or queued work has a process, or gets one without this hint.
      if (view.activity !== 'idle' || view.stop?.type === 'requires_action' || view.waitingIds.length > 0) return;
      if (process === askedIn || !mayBeGone(process, askedIn)) return;
      askedIn = process;
      wake();
    },
    reset() {
      askedIn = null;
    },
  };
}

/**
 * A server that was killed did not report that its processes died, so a process that was `ready` is woken once, too.
 */
function mayBeGone(process: ProcessView, askedIn: ProcessView | null): boolean {
  switch (process.state) {
    case 'hibernated':
    case 'unknown':
      return true;
    case 'ready':
      return askedIn === null;
    case 'queued':
    case 'starting':
    case 'restarting':
      return false;
  }
}
