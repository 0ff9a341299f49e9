import { useCallback, useEffect, useState } from 'react';

import { toProblem, type Problem } from '../session/problem.ts';

export interface Loaded<T> {
  /** Null until the first answer. */
  value: T | null;
  problem: Problem | null;
  reload: () => void;
  put: (value: T) => void;
}

/** What a page loads when it opens, and again when asked to. `load` stays the same between renders. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const reload = useCallback(() => {
    load().then(
      (loaded) => {
        setValue(() => loaded);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [load]);
  useEffect(reload, [reload]);
  return { value, problem, reload, put: (next) => setValue(() => next) };
}
