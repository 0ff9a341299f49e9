import type { RewindResult } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';

export type FilesPreview = NonNullable<RewindResult['files']>;

export type RewindPreviewState =
  | { state: 'counting' }
  | { state: 'counted'; preview: FilesPreview }
  /** Files cannot go back to there, as where no state is kept. */
  | { state: 'failed'; problem: Problem };

const COUNTING: RewindPreviewState = { state: 'counting' };

/** What taking the files back to before an event would change. With `waits`, it is not asked for yet. */
export function useRewindPreview(eventId: string, waits = false): RewindPreviewState {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [found, setFound] = useState(COUNTING);
  useEffect(() => {
    if (waits) return;
    let isGone = false;
    const tell = (next: RewindPreviewState) => {
      if (!isGone) setFound(next);
    };
    api.changes.rewind(sessionId, { event_id: eventId, files: true, conversation: false, preview: true }).then(
      ({ files }) => tell(files === null ? COUNTING : { state: 'counted', preview: files }),
      (error: unknown) => tell({ state: 'failed', problem: toProblem(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [api, sessionId, eventId, waits]);
  return waits ? COUNTING : found;
}
