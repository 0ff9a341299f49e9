import { useEffect } from 'react';
import { useLocation } from 'wouter';

import { needsMe } from '../services/session-level.ts';
import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';

/** Shows a desktop notification when a session needs a person whose tab is hidden, if they turned notifications on. */
export function useNotifications(): void {
  const { sessions, preferences } = useServices();
  const [, navigate] = useLocation();
  useEffect(
    () =>
      sessions.store.subscribe((state, before) => {
        if (state.byId === before.byId || !preferences.getState().notify) return;
        if (
          document.visibilityState === 'visible' ||
          typeof Notification === 'undefined' ||
          Notification.permission !== 'granted'
        )
          return;
        for (const session of state.byId.values()) {
          const known = before.byId.get(session.id);
          if (known === undefined || !needsMe(session) || needsMe(known)) continue;
          const notification = new Notification(t.settings.notifyTitle(session.title ?? t.sessions.untitled), {
            tag: session.id,
          });
          notification.addEventListener('click', () => {
            window.focus();
            navigate(`/sessions/${session.id}`);
            notification.close();
          });
        }
      }),
    [sessions, preferences, navigate],
  );
}
