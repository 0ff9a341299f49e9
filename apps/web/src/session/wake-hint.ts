import type { ProcessView, SessionView } from './session-view.ts';

/** Says that somebody begins to write; asks for a process at most once for every stretch without one. */
export interface WakeHint {
  note: (view: SessionView) => void;
  /** The server knows nothing of what was asked before: after a new attach it may be asked again. */
  reset: () => void;
}

/** Creates the hint; `wake` costs nothing where the process runs already. */
export function createWakeHint(wake: () => void): WakeHint {
  let askedIn: ProcessView | null = null;
  return {
    note(view) {
      const { process } = view;
      // What is under way, or about to be, has its process or gets one by itself.
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

/** A server that was killed could not say that its processes went, so one that was ready is doubted once. */
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
