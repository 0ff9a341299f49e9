import { createClient, createSessionTransport, REASON_UNAUTHENTICATED, type Client } from '@claude-sdk-pattern/client';
import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { createId } from '@claude-sdk-pattern/protocol/ids';
import type { StoreApi } from 'zustand/vanilla';

import { ApiError } from '../api/api-error.ts';
import type { Api } from '../api/api.ts';
import { createDraftFiles } from '../services/draft-files.ts';
import { createFileNames } from '../services/file-names.ts';
import { createSessionsStore } from '../services/sessions-store.ts';
import { t } from '../messages/index.ts';
import { toProblem } from '../session/problem.ts';
import { scheduleBrowserFrame } from '../session/input-batch.ts';
import { createSessionStore, type SessionStore } from '../session/session-store.ts';
import { createAnnouncer } from '../services/announcer.ts';
import { createConnectionStore } from '../services/connection-store.ts';
import { createDrafts } from '../services/drafts.ts';
import type { Preferences } from '../services/preferences.ts';
import type { Services } from '../services/services.ts';

/** Sessions whose events stay in memory, so that going back to one shows it at once. */
const MAX_REMEMBERED = 6;

export interface ServicesDeps {
  api: Api;
  bootstrap: Bootstrap;
  preferences: StoreApi<Preferences>;
  /** The person signed out here. */
  onSignedOut: () => void;
  /** The server refuses this browser, or knows it as somebody else. */
  onAccountLost: () => void;
  /** Is given the services, and again whenever the server says something else of itself. */
  onServices: (services: Services) => void;
}

/** Wires the signed-in app together and connects. */
export function createServices({ api, bootstrap, preferences, ...deps }: ServicesDeps): { stop: () => void } {
  const client = createClient({ url: location.origin, checkAuth, fetch: fetchOrLoseAccount });
  const sessions = createSessionsStore({ api, client });
  const getSession = rememberSessions({ client, api });
  const stopWatching = sessions.start();
  let wasAway = false;
  const stopListening = listenToNetwork(client);

  /** As the API does: a server that does not know this browser any more is heard of at once. */
  async function fetchOrLoseAccount(...request: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(...request);
    if (response.status === 401) deps.onAccountLost();
    return response;
  }

  /** Whether this browser is still signed in as who it was: another tab may have signed in as somebody else. */
  async function checkAuth(): Promise<boolean> {
    try {
      return take(await api.bootstrap());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
  }
  function take(told: Bootstrap): boolean {
    if (told.user.id !== bootstrap.user.id) return false;
    if (JSON.stringify(told) !== JSON.stringify(services.bootstrap)) {
      services = { ...services, bootstrap: told };
      deps.onServices(services);
    }
    return true;
  }

  const stopFollowing = client.onState(({ state }) => {
    if (client.state.state === 'closed' && client.state.reason === REASON_UNAUTHENTICATED) deps.onAccountLost();
    const back = state === 'live' && wasAway;
    wasAway = state === 'reconnecting';
    // The server may have come back with a model, with another version, or knowing this browser as somebody else.
    if (back)
      checkAuth().then(
        (good) => good || deps.onAccountLost(),
        () => {},
      );
  });

  function stop(): void {
    stopFollowing();
    stopListening();
    stopWatching();
    void client.close();
  }

  let services: Services = {
    api,
    client,
    bootstrap,
    sessions,
    connection: createConnectionStore(client),
    preferences,
    announcer: createAnnouncer(),
    drafts: createDrafts({ storage: localStorage, userId: bootstrap.user.id }),
    draftFiles: createDraftFiles({
      api,
      storage: localStorage,
      userId: bootstrap.user.id,
      createLocalId: () => createId('req'),
      maxFileBytes: bootstrap.limits.max_file_bytes,
    }),
    fileNames: createFileNames(api),
    getSession,
    async signOut() {
      try {
        await api.signOut();
      } catch (error) {
        const problem = toProblem(error);
        // Who is not signed in any more has what they wanted.
        if (problem.kind !== 'denied') {
          sessions.store.setState({ failure: { action: t.settings.signOut, problem } });
          return problem;
        }
      }
      deps.onSignedOut();
      return null;
    },
  };
  deps.onServices(services);
  return { stop };
}

/** Gives the store of a session; those that were used last stay in memory. */
function rememberSessions({ client, api }: { client: Client; api: Api }): (sessionId: string) => SessionStore {
  const remembered = new Map<string, SessionStore>();
  return (sessionId) => {
    const session =
      remembered.get(sessionId) ??
      createSessionStore(sessionId, {
        transport: createSessionTransport(client, sessionId),
        client,
        api,
        scheduleFrame: scheduleBrowserFrame,
        now: Date.now,
        createFrameId: () => createId('req'),
      });
    remembered.delete(sessionId);
    remembered.set(sessionId, session);
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
    return session;
  };
}

/**
 * A laptop that wakes, a tab that comes back, a network that returns: no need to wait for the next attempt. And a
 * network that goes is known before any silence tells.
 */
function listenToNetwork(client: Client): () => void {
  const onReturn = () => client.reconnectNow();
  const onGone = () => client.networkLost();
  const onVisible = () => {
    if (document.visibilityState === 'visible') onReturn();
  };
  if (!navigator.onLine) onGone();
  window.addEventListener('online', onReturn);
  window.addEventListener('offline', onGone);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    window.removeEventListener('online', onReturn);
    window.removeEventListener('offline', onGone);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
