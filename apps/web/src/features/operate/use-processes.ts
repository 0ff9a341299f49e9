import type { ProcessList } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** The server looks at its processes this often. */
const REFRESH_MS = 5000;

export interface Processes {
  /** Null until the first answer; the last good one while the server cannot be asked. */
  list: ProcessList | null;
  problem: Problem | null;
  reload: () => void;
}

/** The processes of the server, asked for again and again while the page is looked at. */
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
