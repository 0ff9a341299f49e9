import type { WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { levelOf, useShared } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';

/** What the workspace brings; null while it is unknown, and for whoever may not trust it. Asks again after each turn. */
export function useTrust(): [WorkspaceTrustReview | null, (review: WorkspaceTrustReview) => void, () => void] {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const isOpen = useSession((state) => state.load.state === 'ready');
  const isIdle = useSession(({ view }) => view.activity === 'idle');
  // What is mounted is there when the process is.
  const process = useSession(({ view }) => view.process.state);
  const isOwn = levelOf({ shared: useShared() }) === 'own';
  const [review, setReview] = useState<WorkspaceTrustReview | null>(null);
  const [asked, setAsked] = useState(0);
  const isWanted = isOpen && isIdle && isOwn;
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    api.trust.review(sessionId).then(
      (found) => isCurrent && setReview(found),
      // The next turn asks again.
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [api, sessionId, isWanted, process, asked]);
  return [review?.session_id === sessionId ? review : null, setReview, () => setAsked((before) => before + 1)];
}
