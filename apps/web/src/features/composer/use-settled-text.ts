import { useEffect } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useSessionStore } from '../../session/session-context.ts';

/** Watches for a text of the box that may be in the conversation as well, and takes it out of the box then. */
export function useSettledText(sessionId: string): void {
  const services = useServices();
  const session = useSessionStore();
  const unsettled = useStore(services.drafts.store, () => services.drafts.getUnsettled(sessionId));
  useEffect(() => {
    if (unsettled === null) return;
    let stop: (() => void) | null = null;
    let isOver = false;
    // It is needed after a reload or a rewind only.
    void import('./settle-text.ts').then(({ settleText }) => {
      if (!isOver) stop = settleText(session, services, unsettled);
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }, [services, session, unsettled]);
}
