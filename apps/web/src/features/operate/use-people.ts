import type { UserResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface People {
  /** Null until the first answer. */
  list: readonly UserResource[] | null;
  hasMore: boolean;
  problem: Problem | null;
  reload: () => void;
  loadMore: () => void;
  /** Puts the new state of an account into the list, at its end if it is new. */
  put: (user: UserResource) => void;
  drop: (id: string) => void;
}

/** The accounts of the server, page by page. */
export function usePeople(): People {
  const { api } = useServices();
  const [list, setList] = useState<readonly UserResource[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = useCallback(
    (page: string | null) => {
      api.listUsers(page).then(
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
  useEffect(() => load(null), [load]);

  return {
    list,
    hasMore: next !== null,
    problem,
    reload: () => load(null),
    loadMore: () => load(next),
    put: (user) =>
      setList((before) => {
        const known = before ?? [];
        return known.some(({ id }) => id === user.id)
          ? known.map((each) => (each.id === user.id ? user : each))
          : [...known, user];
      }),
    drop: (id) => setList((before) => before?.filter((each) => each.id !== id) ?? null),
  };
}
