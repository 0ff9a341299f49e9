import { useCallback, useEffect } from 'react';

import { t } from '../../messages/index.ts';
import { useSessionStore } from '../../session/session-context.ts';

/** Stops the session's running turn; Ctrl+. does the same. `onRefused` receives the error message, or null. */
export function useStop(busy: boolean, onRefused: (problem: string | null) => void): () => void {
  const session = useSessionStore();
  const stop = useCallback(() => {
    onRefused(null);
    void session.interrupt().then((problem) => {
      if (problem !== null) onRefused(`${t.composer.stopFailed} ${problem.message}`);
    });
  }, [session, onRefused]);
  useEffect(() => {
    if (!busy) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== '.') return;
      event.preventDefault();
      stop();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [busy, stop]);
  return stop;
}
