import type { SessionResource, SessionUpdateParams } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { toProblem } from '../session/problem.ts';
import { createKnownSessions } from './known-sessions.ts';
import type { SessionsState } from './sessions-state.ts';

/** The changes that people can make in the list. `action` names the change if the server refuses it. */
export interface SessionChanges {
  update: (id: string, changes: SessionUpdateParams, action: string) => Promise<void>;
  archive: (id: string, archived: boolean, action: string) => Promise<void>;
  remove: (id: string, action: string) => Promise<boolean>;
  /** Ends the share that the person with this id has of somebody else's session. */
  leave: (id: string, userId: string, action: string) => Promise<void>;
}

export function createSessionChanges(
  store: StoreApi<SessionsState>,
  api: Pick<Api, 'updateSession' | 'archiveSession' | 'unarchiveSession' | 'deleteSession' | 'endShare'>,
): SessionChanges {
  const { put, drop } = createKnownSessions(store);

  /** Shows a change at once, and reverts it if the server refuses it. */
  async function change(
    id: string,
    action: string,
    run: () => Promise<SessionResource>,
    guess: Partial<SessionResource>,
  ): Promise<void> {
    const before = store.getState().byId.get(id);
    if (before !== undefined) put([{ ...before, ...guess }]);
    try {
      put([await run()]);
    } catch (error) {
      if (before !== undefined) put([before]);
      store.setState({ failure: { action, problem: toProblem(error) } });
    }
  }

  return {
    update(id, changes, action) {
      const { pinned, title } = changes;
      return change(id, action, () => api.updateSession(id, changes), {
        ...(title !== undefined && { title }),
        ...(pinned !== undefined && { pinned_at: pinned ? new Date().toISOString() : null }),
      });
    },
    archive: (id, archived, action) =>
      change(id, action, () => (archived ? api.archiveSession(id) : api.unarchiveSession(id)), {
        archived_at: archived ? new Date().toISOString() : null,
      }),
    async leave(id, userId, action) {
      try {
        await api.endShare(id, userId);
        drop(id);
      } catch (error) {
        store.setState({ failure: { action, problem: toProblem(error) } });
      }
    },
    async remove(id, action) {
      try {
        await api.deleteSession(id);
        drop(id);
        return true;
      } catch (error) {
        store.setState({ failure: { action, problem: toProblem(error) } });
        return false;
      }
    },
  };
}
