import type { SessionResource } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import type { SessionsState } from './sessions-state.ts';

/** The functions that update the known sessions. */
export function createKnownSessions(store: StoreApi<SessionsState>) {
  function put(sessions: readonly SessionResource[]): void {
    const byId = new Map(store.getState().byId);
    for (const session of sessions) {
      // Most news of a session say nothing of its shares.
      const { share_count: count = byId.get(session.id)?.share_count } = session;
      byId.set(session.id, { ...session, ...(count !== undefined && { share_count: count }) });
    }
    store.setState({ byId });
  }

  function drop(id: string): void {
    const byId = new Map(store.getState().byId);
    if (byId.delete(id)) store.setState({ byId });
  }

  /** Drops the sessions of others that are not shared any more. */
  function keepShared(ids: ReadonlySet<string>): void {
    const known = store.getState().byId;
    const kept = [...known].filter(([id, session]) => session.shared === undefined || ids.has(id));
    if (kept.length < known.size) store.setState({ byId: new Map(kept) });
  }

  return { put, drop, keepShared };
}
