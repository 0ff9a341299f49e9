import type { WorkspaceState } from '../store/workspace-states.ts';
import { toShownPath } from '../workspaces/history/git-path.ts';
import type { WorkspaceHistory } from '../workspaces/history/workspace-history.ts';

/** Each is a run of git. */
const MAX_STATES = 20;

/**
 * Who changed which files by hand, or in a terminal, after the state `since`: ids of users by path as it is shown, of the newest 20
 * states that people made.
 */
export async function findMakers(
  history: Pick<WorkspaceHistory, 'list'>,
  states: readonly WorkspaceState[],
  since: WorkspaceState,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const makers = new Map<string, Set<string>>();
  const byPeople = states.flatMap((state, at) => {
    const before = states[at - 1];
    return before !== undefined && state.ordinal > since.ordinal && state.madeBy.length > 0 ? [{ before, state }] : [];
  });
  for (const { before, state } of byPeople.slice(-MAX_STATES))
    for (const { path } of await history.list(before.state, state.state)) {
      const shown = toShownPath(path);
      makers.set(shown, new Set([...(makers.get(shown) ?? []), ...state.madeBy]));
    }
  return makers;
}
