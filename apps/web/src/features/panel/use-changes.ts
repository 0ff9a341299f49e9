import type { WorkspaceChanges, WorkspaceStateResource } from '@claude-sdk-pattern/protocol';
import { useEffect, useMemo, useState } from 'react';

import type { ComparedStates } from '../../api/changes-api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { useSession } from '../../session/session-context.ts';

/** While the agent works, what changed is looked up no more often. */
const LEAST_PAUSE_MS = 1000;

/** Null: from the beginning to now; else what this turn changed, or what differs in one state from the one before. */
export type ChangedIn = number | `state:${number}` | null;

export interface Changes {
  /** Null until the first answer; the answer before while the next one is on its way. */
  value: { in: ChangedIn; changes: WorkspaceChanges; states: readonly WorkspaceStateResource[] } | null;
  problem: Problem | null;
  /** Another one with every answer, for what is loaded beside it. */
  revision: number;
}

/** What changed in the files of the session, looked up again after what may have changed them. */
export function useChanges(changedIn: ChangedIn): Changes {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const news = useNews();
  const [found, setFound] = useState<Changes>({ value: null, problem: null, revision: 0 });
  const [lastAt] = useState({ ms: 0 });
  useEffect(() => {
    const abort = new AbortController();
    const load = async () => {
      lastAt.ms = Date.now();
      const [changes, { data: states }] = await Promise.all([
        api.changes.compare(sessionId, toCompared(changedIn), abort.signal),
        api.changes.listStates(sessionId, abort.signal),
      ]);
      return { in: changedIn, changes, states };
    };
    const begin = () =>
      void load().then(
        (value) =>
          !abort.signal.aborted && setFound(({ revision }) => ({ value, problem: null, revision: revision + 1 })),
        (error: unknown) => !abort.signal.aborted && setFound((before) => ({ ...before, problem: toProblem(error) })),
      );
    const timer = setTimeout(begin, Math.max(0, lastAt.ms + LEAST_PAUSE_MS - Date.now()));
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, sessionId, changedIn, news, lastAt]);
  return found;
}

export function toCompared(changedIn: ChangedIn): ComparedStates {
  if (changedIn === null) return {};
  if (typeof changedIn === 'number') return { from: changedIn - 1, to: changedIn };
  return { from: changedIn.replace('state', 'before'), to: changedIn };
}

/** Another text with everything that may have changed files: the end of a call, of a turn, and a rewind. */
function useNews(): string {
  const items = useSession((state) => state.view.items);
  const activity = useSession((state) => state.view.activity);
  const last = useMemo(
    () =>
      [...items.values()].findLast(
        (item) => item.kind === 'notice' || (item.kind === 'tool' && item.status !== 'running' && item.name !== 'Read'),
      )?.id,
    [items],
  );
  return `${activity}/${last ?? ''}`;
}
