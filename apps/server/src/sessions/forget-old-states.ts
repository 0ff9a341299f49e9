import type { Store } from '../store/port.ts';
import type { WorkspaceState } from '../store/workspace-states.ts';
import type { WorkspaceHistory } from '../workspaces/history/workspace-history.ts';

/** More than people go back. */
const MAX_STATES = 200;
/** However large they are. */
const LEAST_STATES = 5;
/** Each time so much of what is left is given up, until it is small enough. */
const SHARE = 0.5;

interface ForgetOptions {
  history: Pick<WorkspaceHistory, 'measure' | 'retain'>;
  store: Pick<Store, 'workspaceStates'>;
  sessionId: string;
  placeId: string;
  /** Of the states on disk. */
  maxBytes: number;
}

/**
 * Forgets the oldest states of a session, until they are few and small enough. The first one stays as long as it can, because
 * changes are told against it.
 */
export async function forgetOldStates({ history, store, sessionId, placeId, maxBytes }: ForgetOptions): Promise<void> {
  let states = (await store.workspaceStates.list(sessionId)).filter((each) => each.placeId === placeId);
  const retain = async (kept: readonly WorkspaceState[]) => {
    const ordinals = new Set(kept.map(({ ordinal }) => ordinal));
    const gone = states.filter(({ ordinal }) => !ordinals.has(ordinal)).map(({ ordinal }) => ordinal);
    // First the rows: what they name must be there.
    await store.workspaceStates.forget(sessionId, gone);
    await history.retain([...new Set(kept.map(({ state }) => state))]);
    states = [...kept];
  };
  if (states.length > MAX_STATES) await retain(toKept(states, MAX_STATES));
  while ((await history.measure()) > maxBytes && states.length > LEAST_STATES) {
    const kept = Math.max(LEAST_STATES, Math.floor(states.length * SHARE));
    await retain(kept === LEAST_STATES ? states.slice(-LEAST_STATES) : toKept(states, kept));
  }
}

/** The first one and the newest ones. */
function toKept(states: readonly WorkspaceState[], count: number): WorkspaceState[] {
  return [...states.slice(0, 1), ...states.slice(1).slice(-(count - 1))];
}
