import { useEffect } from 'react';
import { useRoute } from 'wouter';
import { useStore } from 'zustand';

import { countWaiting } from '../services/session-level.ts';
import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';

/** Sets the tab's title to what needs the person: `(2) Needs you · Title · CSP`. */
export function useTabTitle(): void {
  const { sessions } = useServices();
  const [, params] = useRoute('/sessions/:id');
  const title = useStore(sessions.store, (state) => {
    const waiting = countWaiting(state);
    const current = params === null ? undefined : state.byId.get(params.id);
    return [
      waiting > 0 ? `(${waiting}) ${t.sessions.groups.needsYou}` : null,
      current === undefined ? null : (current.title ?? t.sessions.untitled),
      t.app.name,
    ]
      .filter((part) => part !== null)
      .join(' · ');
  });
  useEffect(() => {
    document.title = title;
  }, [title]);
}
