import { useEffect } from 'react';
import { useLocation } from 'wouter';

import { needsMe } from '../services/session-level.ts';
import { onWorkerMessage, showNotice } from '../services/notices.ts';
import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';

/**
 * Shows a notification of the browser when a session needs a person whose tab is hidden, if they turned notifications on.
 * A click on it, or on that of a push message, opens its page here.
 */
export function useNotifications(): void {
  const { sessions, preferences } = useServices();
  const [, navigate] = useLocation();
  useEffect(() => onWorkerMessage((message) => message.type === 'open' && navigate(message.path)), [navigate]);
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
          if (known === undefined || !needsMe(session, state.elsewhere) || needsMe(known, before.elsewhere)) continue;
          const title = t.settings.notifyTitle(session.title ?? t.sessions.untitled);
          // Where the browser shows none after all, the inbox has it.
          showNotice({ title, tag: session.id, path: `/sessions/${session.id}` }, navigate).catch(() => undefined);
        }
      }),
    [sessions, preferences, navigate],
  );
}
