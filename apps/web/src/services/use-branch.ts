import { useCallback } from 'react';
import { useLocation } from 'wouter';

import { focusComposer } from './focus-composer.ts';
import { useServices } from './services.ts';
import { useSessionStore } from '../session/session-context.ts';

/**
 * Branches a new session from the end of a turn, by default the last completed turn. Resolves to the failure, or null.
 */
export function useBranch(): (turnId?: string) => Promise<'nothing' | 'failed' | null> {
  const { sessions } = useServices();
  const session = useSessionStore();
  const [, navigate] = useLocation();
  return useCallback(
    async (turnId) => {
      const from = turnId ?? session.store.getState().view.turns.findLast((turn) => turn.summary !== null)?.id;
      if (from === undefined) return 'nothing';
      const made = await session.branch(from);
      if ('problem' in made) return 'failed';
      sessions.note(made.session);
      navigate(`/sessions/${made.session.id}`);
      focusComposer();
      return null;
    },
    [session, sessions, navigate],
  );
}
