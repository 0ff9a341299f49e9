import { useStore } from 'zustand';

import { useSession } from '../session/session-context.ts';
import { useServices } from './services.ts';

/**
 * Whether the session of this part of the page is archived. The list hears of it from every tab; the session's own events
 * do not tell.
 */
export function useArchived(): boolean {
  const { sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const resource = useSession((state) => state.resource);
  const listed = useStore(sessions.store, (state) => state.byId.get(sessionId));
  return (listed ?? resource)?.archived_at != null;
}
