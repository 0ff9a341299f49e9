import { useStore } from 'zustand';

import { useSession } from '../session/session-context.ts';
import { useServices } from './services.ts';

/**
 * Whether the session of this context is archived. Only the list of sessions knows this, from every tab; the session's
 * own events do not report it.
 */
export function useArchived(): boolean {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const resource = useSession((state) => state.resource);
  const listed = useStore(sessions.store, (state) => state.byId.get(sessionId));
  return (listed ?? resource)?.archived_at != null;
}
