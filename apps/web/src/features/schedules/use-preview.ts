import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem } from '../../session/problem.ts';

export interface Preview {
  times: readonly string[];
  /** What is wrong with the schedule; null while nothing is. */
  problem: string | null;
}

const NOTHING: Preview = { times: [], problem: null };
/** So that not every letter asks the server. */
const PAUSE_MS = 300;

/** When a schedule that is being written would be due. Empty for none. */
export function usePreview(expression: string, timezone: string): Preview {
  const { api } = useServices();
  const [preview, setPreview] = useState<Preview>(NOTHING);
  useEffect(() => {
    const aborter = new AbortController();
    if (expression.trim() === '' || timezone.trim() === '') {
      setPreview(NOTHING);
      return undefined;
    }
    const timer = setTimeout(() => {
      api.deployments.preview({ expression, timezone }, aborter.signal).then(
        ({ upcoming_runs_at: times }) => setPreview({ times, problem: null }),
        (error: unknown) => {
          if (!aborter.signal.aborted) setPreview({ times: [], problem: toProblem(error).message });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [api, expression, timezone]);
  return preview;
}
