import { useStore } from 'zustand';

import type { SessionStatus } from '../session/derive-status.ts';
import { useSession } from '../session/session-context.ts';
import { deriveListedStatus } from '../session/session-word.ts';
import { useServices } from './services.ts';

/** The status of this page's session, consistent with the list. */
export function useStatus(): SessionStatus {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const view = useSession((state) => state.view);
  const listed = useStore(sessions.store, (state) => state.byId.get(sessionId));
  return deriveListedStatus(view, listed ?? null);
}
