import type { GitRepositoryState } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';

export interface Git {
  /** Null until the first answer. */
  repositories: readonly GitRepositoryState[] | null;
  /** Of the last thing that was asked for. */
  problem: Problem | null;
  busy: boolean;
  /** Does something with a repository. One thing at a time; resolves to what it gave, undefined where it failed. */
  act: <T>(work: () => Promise<T>, toState: (done: T) => GitRepositoryState | null) => Promise<T | undefined>;
}

/** The repositories in the workspace, looked up again with each revision of the files. */
export function useGit(revision: number): Git {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [repositories, setRepositories] = useState<Git['repositories']>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const acts = useRef(0);
  useEffect(() => {
    const before = acts.current;
    const abort = new AbortController();
    api.git.list(sessionId, abort.signal).then(
      // What was done meanwhile is newer.
      ({ data }) => !abort.signal.aborted && acts.current === before && setRepositories(data),
      // What was listed stays; the next revision asks again.
      () => undefined,
    );
    return () => abort.abort();
  }, [api, sessionId, revision]);
  const act = useCallback<Git['act']>(async (work, toState) => {
    setBusy(true);
    setProblem(null);
    acts.current += 1;
    try {
      const done = await work();
      acts.current += 1;
      const next = toState(done);
      if (next !== null)
        setRepositories((before) => before?.map((each) => (each.path === next.path ? next : each)) ?? [next]);
      return done;
    } catch (error) {
      setProblem(toProblem(error));
      return undefined;
    } finally {
      setBusy(false);
    }
  }, []);
  return { repositories, problem, busy, act };
}
