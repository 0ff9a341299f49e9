import type { SessionOptions } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';

/** A process of the session runs with other plugins than a new one would get. */
export interface ReloadOffer {
  /** The same for the same plugins of both. */
  key: string;
  running: NonNullable<SessionOptions['running']>['plugins'];
  next: SessionOptions['plugins'];
}

/**
 * What there is to reload; null while the process is current, or there is none. Asks the server when the session is
 * opened, when its process changes, and when the plugins do.
 */
export function useReloadOffer(): ReloadOffer | null {
  const { api, sessions } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const isOpen = useSession((state) => state.load.state === 'ready');
  const process = useSession((state) => state.view.process.state);
  const changes = useStore(sessions.store, (state) => state.pluginChanges);
  const [offer, setOffer] = useState<ReloadOffer | null>(null);
  // Before its first message, and asleep, a session has no process. Of one that starts the plugins are settled soon.
  const mayRun = isOpen && (process === 'ready' || process === 'unknown');
  useEffect(() => {
    setOffer(null);
    if (!mayRun) return undefined;
    let isWanted = true;
    api.explainOptions(sessionId).then(
      (options) => isWanted && setOffer(toOffer(options)),
      // Nothing is offered then; the next change asks again.
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [api, sessionId, mayRun, changes]);
  return offer;
}

function toOffer({ running, plugins: next }: SessionOptions): ReloadOffer | null {
  if (running === null || running.is_current) return null;
  return { key: JSON.stringify([running.plugins, next]), running: running.plugins, next };
}
