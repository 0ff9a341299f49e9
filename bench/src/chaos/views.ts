import type { Tally } from '../soak/tally.ts';
import { createSessionView, type SessionView } from './session-view.ts';

/** One client's views of all its sessions. */
export interface Views {
  readonly all: ReadonlyMap<string, SessionView>;
  get: (sessionId: string) => SessionView;
  /** The connection is lost, and with it every attachment. */
  endAll: () => void;
}

export function createViews(name: string, tally: Tally): Views {
  const all = new Map<string, SessionView>();
  return {
    all,
    get(sessionId) {
      const known = all.get(sessionId);
      if (known !== undefined) return known;
      const view = createSessionView(`${name} in ${sessionId}`, (kind, sentence) =>
        tally.problem(`events.${kind}`, sentence),
      );
      all.set(sessionId, view);
      return view;
    },
    endAll() {
      for (const view of all.values()) view.end();
    },
  };
}
