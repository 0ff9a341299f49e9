import { createContext, useContext } from 'react';
import { useStore } from 'zustand';

import type { SessionState } from './session-state.ts';
import type { SessionStore } from './session-store.ts';

export const SessionContext = createContext<SessionStore | null>(null);

/** The session of this part of the page. Throws outside of SessionContext. */
export function useSessionStore(): SessionStore {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSessionStore needs a SessionContext above it');
  return session;
}

/** What `select` picks from the session; draws again when that changes. */
export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useSessionStore().store, select);
}
