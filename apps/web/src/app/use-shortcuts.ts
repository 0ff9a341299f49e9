import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';

import { groupSessions } from '../services/group-sessions.ts';
import { useServices, type Services } from '../services/services.ts';
import { isTyping } from '../ui/is-typing.ts';

export interface Layers {
  palette: boolean;
  setPalette: (open: boolean) => void;
  shortcuts: boolean;
  setShortcuts: (open: boolean) => void;
}

/**
 * The shortcuts that work on every page. The shortcuts of conversations and approvals are in those features' folders.
 */
export function useShortcuts(): Layers {
  const services = useServices();
  const [path, navigate] = useLocation();
  const [palette, setPalette] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const mod = event.ctrlKey || event.metaKey;
      if (mod && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette((open) => !open);
      } else if (mod && event.shiftKey && event.key.toLowerCase() === 'o') {
        event.preventDefault();
        navigate('/');
      } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        const next = findNeighbour(services, path, event.key === 'ArrowUp' ? -1 : 1);
        if (next === undefined) return;
        event.preventDefault();
        navigate(next);
      } else if (event.key === '?' && !mod && services.preferences.getState().singleKeys && !isTyping(event)) {
        event.preventDefault();
        setShortcuts(true);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [services, path, navigate]);

  return { palette, setPalette, shortcuts, setShortcuts };
}

function findNeighbour(services: Services, path: string, step: 1 | -1): string | undefined {
  const { byId, elsewhere } = services.sessions.store.getState();
  const shown = [...byId.values()].filter((session) => session.archived_at === null);
  const ids = groupSessions(shown, Date.now(), elsewhere).flatMap((group) =>
    group.sessions.map((session) => session.id),
  );
  const at = ids.findIndex((id) => path === `/sessions/${id}`);
  const next = at === -1 ? (step === 1 ? ids[0] : ids.at(-1)) : ids[at + step];
  return next === undefined ? undefined : `/sessions/${next}`;
}
