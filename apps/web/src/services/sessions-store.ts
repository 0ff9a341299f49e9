import type { Client } from '@claude-sdk-pattern/client';
import type { SearchResult, SearchResultList, SessionResource } from '@claude-sdk-pattern/protocol';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { toProblem } from '../session/problem.ts';
import { createKnownSessions } from './known-sessions.ts';
import type { Viewer } from './find-elsewhere.ts';
import { createSessionChanges, type SessionChanges } from './session-changes.ts';
import { NO_SEARCH, type SessionsState } from './sessions-state.ts';
import { createWaitingApprovals } from './waiting-approvals.ts';

/** The list of sessions, kept up to date by the server's watch. */
export interface SessionsStore extends SessionChanges {
  store: StoreApi<SessionsState>;
  start: () => () => void;
  reload: () => Promise<void>;
  loadMore: () => Promise<void>;
  setSearch: (query: string) => void;
  /** Loads the sessions whose title contains a text, including older ones. The list's own search does not change. */
  find: (text: string) => Promise<void>;
  /** Stores a session that another part of the app has received. */
  note: (session: SessionResource) => void;
  /** Loads what the user may answer again, because a call has changed hands. */
  reloadApprovals: () => void;
  /** A call does not wait for the user any more. */
  noteAnswered: (eventId: string) => void;
  dismissFailure: () => void;
}

export interface SessionsStoreDeps {
  api: Pick<
    Api,
    | 'listSessions'
    | 'searchSessions'
    | 'getSession'
    | 'listApprovals'
    | 'updateSession'
    | 'archiveSession'
    | 'unarchiveSession'
    | 'deleteSession'
    | 'endShare'
  >;
  client: Pick<Client, 'watchSessions' | 'onState'>;
  viewer: () => Viewer;
}

const SEARCH_DELAY_MS = 200;
const PAGE_SIZE = 60;
const MAX_PLACES = 30;
/** Of the sessions that others share, only these are listed, the newest first. */
const MAX_SHARED = 200;

/**
 * Creates the list. It does nothing until `start` is called.
 *
 * Over 100 lines: its methods share the list.
 */
export function createSessionsStore({ api, client, viewer }: SessionsStoreDeps): SessionsStore {
  const store = createStore<SessionsState>(() => ({
    byId: new Map(),
    approvals: [],
    elsewhere: new Map(),
    load: { state: 'loading' },
    nextPage: null,
    loadingMore: false,
    search: NO_SEARCH,
    pluginChanges: 0,
    outage: null,
    stop: null,
    storage: null,
    failure: null,
  }));
  const { put, drop, keepShared } = createKnownSessions(store);
  const waiting = createWaitingApprovals({ api, store, put, viewer });
  let searchTimer: ReturnType<typeof setTimeout> | undefined;

  async function reload(): Promise<void> {
    try {
      const [page, shared] = await Promise.all([
        api.listSessions({ limit: PAGE_SIZE, includeArchived: false }),
        api.listSessions({ limit: MAX_SHARED, includeArchived: false, shared: true }),
      ]);
      keepShared(new Set(shared.data.map(({ id }) => id)));
      put([...page.data, ...shared.data]);
      store.setState({ load: { state: 'ready' }, nextPage: page.next_page });
      await waiting.load();
    } catch (error) {
      if (store.getState().load.state !== 'ready')
        store.setState({ load: { state: 'failed', problem: toProblem(error) } });
    }
  }

  /** The user's own sessions and those of others, archived ones included. */
  async function findByTitle(search: string): Promise<SessionResource[]> {
    const query = { limit: PAGE_SIZE, includeArchived: true, search };
    const pages = await Promise.all([api.listSessions(query), api.listSessions({ ...query, shared: true })]);
    return pages.flatMap(({ data }) => data);
  }

  async function runSearch(query: string): Promise<void> {
    try {
      const [found, said] = await Promise.all([findByTitle(query), api.searchSessions({ query, limit: MAX_PLACES })]);
      if (store.getState().search.query !== query) return;
      put(found);
      const ids = found.map((session) => session.id);
      store.setState({ search: { query, ids, places: toPlaces(said), failed: false } });
    } catch {
      if (store.getState().search.query === query) store.setState({ search: { ...NO_SEARCH, query, failed: true } });
    }
  }

  const notePlugins = () => store.setState(({ pluginChanges }) => ({ pluginChanges: pluginChanges + 1 }));

  return {
    store,
    start() {
      void reload();
      const stopWaiting = waiting.watch({ polls: viewer().isOperator });
      let watchedBefore = false;
      const stop = client.watchSessions({
        onSession: (session) => put([session]),
        onDeleted: drop,
        onUnshared: drop,
        onWatching: () => {
          // The first list is loading already. After a lost connection the list is loaded again, because the watch does
          // not report what changed meanwhile.
          if (watchedBefore) {
            void reload();
            notePlugins();
          }
          watchedBefore = true;
        },
        onPluginsChanged: notePlugins,
        onModelOutage: (retryAt) =>
          store.setState({ outage: retryAt === null ? null : { retryAt: Date.parse(retryAt) } }),
        onWorkStopped: (told) => store.setState({ stop: told }),
        onStorageProblem: (storage) => store.setState({ storage }),
      });
      // The next connection tells whether it still lasts.
      const stopFollowing = client.onState(({ state }) => {
        if (state === 'reconnecting') store.setState({ outage: null, stop: null, storage: null });
      });
      return () => {
        clearTimeout(searchTimer);
        stopWaiting();
        stopFollowing();
        stop();
      };
    },
    reload,
    async loadMore() {
      const { nextPage, loadingMore } = store.getState();
      if (nextPage === null || loadingMore) return;
      store.setState({ loadingMore: true });
      try {
        const page = await api.listSessions({ limit: PAGE_SIZE, page: nextPage, includeArchived: false });
        put(page.data);
        store.setState({ nextPage: page.next_page });
      } catch {
        // The button stays, so a person can try again.
      } finally {
        store.setState({ loadingMore: false });
      }
    },
    setSearch(query) {
      clearTimeout(searchTimer);
      store.setState({ search: { ...NO_SEARCH, query } });
      if (query.trim() !== '') searchTimer = setTimeout(() => void runSearch(query), SEARCH_DELAY_MS);
    },
    async find(text) {
      try {
        put(await findByTitle(text));
      } catch {
        // The search still covers the loaded sessions.
      }
    },
    note: (session) => put([session]),
    reloadApprovals: waiting.reload,
    noteAnswered: waiting.noteAnswered,
    ...createSessionChanges(store, api),
    dismissFailure: () => store.setState({ failure: null }),
  };
}

/** Titles are found in the list of sessions itself. */
function toPlaces({ data }: SearchResultList): SearchResult[] {
  return data.flatMap((result) => {
    const hits = result.hits.filter(({ kind }) => kind !== 'title');
    return hits.length === 0 ? [] : [{ ...result, hits }];
  });
}
