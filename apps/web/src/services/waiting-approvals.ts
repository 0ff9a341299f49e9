import type { PendingApprovalResource, SessionResource } from '@claude-sdk-pattern/protocol';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { findElsewhere, type Viewer } from './find-elsewhere.ts';
import { onWorkerMessage } from './notices.ts';
import type { SessionsState } from './sessions-state.ts';

/** How often the list is loaded while the page is visible, for people to whom calls of others can be handed over. */
const HANDED_OVER_EVERY_MS = 5_000;
/** Of the sessions that wait for the user, only these are loaded besides the first page, the longest waiting first. */
const MAX_WAITING = 50;

export interface WaitingApprovals {
  /** Loads the list. A call during a load is followed by one more load. Rejects when the load fails. */
  load: () => Promise<void>;
  /** The same; after a failure the list stays, and is loaded with the next change. */
  reload: () => void;
  /** Takes a call from the list that does not wait for the user any more, then loads the list. */
  noteAnswered: (eventId: string) => void;
  /** Loads the list whenever it may have changed; `polls` also at intervals. Returns the unsubscriber. */
  watch: (options: { polls: boolean }) => () => void;
}

export interface WaitingApprovalsDeps {
  api: Pick<Api, 'listApprovals' | 'getSession'>;
  store: StoreApi<SessionsState>;
  put: (sessions: readonly SessionResource[]) => void;
  viewer: () => Viewer;
}

/** Keeps the list of calls that the user may answer now. Sessions tell of their own calls; nothing tells of other calls. */
export function createWaitingApprovals({ api, store, put, viewer }: WaitingApprovalsDeps): WaitingApprovals {
  let running: Promise<void> | null = null;
  let again = false;

  function take(approvals: readonly PendingApprovalResource[]): void {
    if (JSON.stringify(approvals) !== JSON.stringify(store.getState().approvals))
      store.setState({ approvals, elsewhere: findElsewhere(approvals, viewer()) });
  }

  async function run(): Promise<void> {
    const data = await api.listApprovals();
    take(data);
    const known = store.getState().byId;
    const visible = data.filter((approval) => approval.session_visible);
    const missing = [...new Set(visible.map((approval) => approval.session_id))].filter((id) => !known.has(id));
    const found = await Promise.allSettled(missing.slice(0, MAX_WAITING).map((id) => api.getSession(id)));
    const sessions = found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (sessions.length > 0) put(sessions);
  }

  async function load(): Promise<void> {
    again = running !== null;
    running ??= run().finally(() => (running = null));
    await running;
    if (!again) return;
    again = false;
    await load();
  }

  // What could not be loaded is loaded with the next round.
  const reload = () => void load().catch(() => {});
  const reloadIfVisible = () => {
    if (document.visibilityState === 'visible') reload();
  };

  return {
    load,
    reload,
    noteAnswered(eventId) {
      take(store.getState().approvals.filter(({ event_id: id }) => id !== eventId));
      reload();
    },
    watch({ polls }) {
      const stop = store.subscribe(({ byId }, before) => {
        if (byId !== before.byId && toWaitingKey(byId) !== toWaitingKey(before.byId)) reload();
      });
      const timer = polls ? setInterval(reloadIfVisible, HANDED_OVER_EVERY_MS) : undefined;
      const stopPushes = onWorkerMessage(({ type }) => {
        if (type === 'pushed') reload();
      });
      window.addEventListener('focus', reload);
      document.addEventListener('visibilitychange', reloadIfVisible);
      return () => {
        stop();
        clearInterval(timer);
        window.removeEventListener('focus', reload);
        document.removeEventListener('visibilitychange', reloadIfVisible);
        stopPushes();
      };
    },
  };
}

function toWaitingKey(byId: SessionsState['byId']): string {
  return [...byId.values()]
    .flatMap(({ id, stop_reason: reason }) =>
      reason?.type === 'requires_action' ? [[id, ...reason.event_ids].join(' ')] : [],
    )
    .join(',');
}
