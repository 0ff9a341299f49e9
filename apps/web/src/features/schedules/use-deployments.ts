import type { DeploymentResource } from '@claude-sdk-pattern/protocol/v1';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface Deployments {
  /** Null until the first answer; newest first. */
  list: readonly DeploymentResource[] | null;
  hasMore: boolean;
  problem: Problem | null;
  reload: () => void;
  loadMore: () => void;
  /** Puts the new state of one into the list, at its beginning if it is new; an archived one leaves it. */
  put: (deployment: DeploymentResource) => void;
}

/** The next runs move on by themselves. */
const RELOAD_MS = 60_000;

/** The user's deployments, page by page. */
export function useDeployments(): Deployments {
  const { api } = useServices();
  const [list, setList] = useState<readonly DeploymentResource[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = useCallback(
    (page: string | null) => {
      api.deployments.list(page).then(
        (loaded) => {
          setList((before) => (page === null ? loaded.data : [...(before ?? []), ...loaded.data]));
          setNext(loaded.next_page);
          setProblem(null);
        },
        (error: unknown) => setProblem(toProblem(error)),
      );
    },
    [api],
  );
  const reload = useCallback(() => load(null), [load]);
  useEffect(() => {
    reload();
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), RELOAD_MS);
    return () => clearInterval(timer);
  }, [reload]);

  return {
    ...{ list, problem, reload, hasMore: next !== null },
    loadMore: () => load(next),
    put: (changed) =>
      setList((before) => {
        const known = before ?? [];
        if (changed.archived_at !== null) return known.filter(({ id }) => id !== changed.id);
        return known.some(({ id }) => id === changed.id)
          ? known.map((each) => (each.id === changed.id ? changed : each))
          : [changed, ...known];
      }),
  };
}
