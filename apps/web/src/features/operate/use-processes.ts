import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** The server measures its processes at this interval. */
const REFRESH_MS = 5000;

export interface Processes {
  /** Null until the first answer. While the server cannot be reached, the last answer stays. */
  list: ProcessList | null;
  problem: Problem | null;
  reload: () => void;
}

/** The processes of the server, requested again at an interval while the page is visible. */
export function useProcesses(): Processes {
  const { api } = useServices();
  const [list, setList] = useState<ProcessList | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const reload = useCallback(() => {
    api.listProcesses().then(
      (loaded) => {
        setList(loaded);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api]);

  useEffect(() => {
    reload();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return { list, problem, reload };
}
