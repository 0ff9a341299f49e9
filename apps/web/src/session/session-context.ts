import { createContext, useContext } from 'react';
import { useStore } from 'zustand';

import type { SessionState } from './session-state.ts';
import type { SessionStore } from './session-store.ts';

export const SessionContext = createContext<SessionStore | null>(null);

/** The session of this context. Throws outside of a SessionContext provider. */
export function useSessionStore(): SessionStore {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSessionStore needs a SessionContext above it');
  return session;
}

/** Returns what `select` picks from the session's state, and renders again when it changes. */
export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useSessionStore().store, select);
}
