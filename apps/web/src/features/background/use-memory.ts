import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';

/** The server measures every five seconds. */
const REFRESH_MS = 5000;

/** Bytes that the agent takes with all that it runs; null where that is not known. */
export function useMemory(isRunning: boolean): number | null {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [bytes, setBytes] = useState<number | null>(null);
  useEffect(() => {
    if (!isRunning) return undefined;
    const closing = new AbortController();
    const read = () => {
      if (document.visibilityState !== 'visible') return;
      api.background.list(sessionId, closing.signal).then(
        ({ memory_bytes }) => setBytes(memory_bytes),
        // The next one may succeed.
        () => undefined,
      );
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => {
      clearInterval(timer);
      closing.abort();
    };
  }, [api, sessionId, isRunning]);
  return isRunning ? bytes : null;
}
