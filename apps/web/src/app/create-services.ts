import { createClient, createSessionTransport, REASON_UNAUTHENTICATED, type Client } from '@claude-sdk-pattern/client';
import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { createId } from '@claude-sdk-pattern/protocol/ids';
import type { StoreApi } from 'zustand/vanilla';

import { ApiError } from '../api/api-error.ts';
import type { Api } from '../api/api.ts';
import { getBasePath } from '../api/base-path.ts';
import { createDraftFiles } from '../services/draft-files.ts';
import { createFileNames } from '../services/file-names.ts';
import { createSessionsStore, type SessionsStore } from '../services/sessions-store.ts';
import { t } from '../messages/index.ts';
import { toProblem } from '../session/problem.ts';
import { createBrowserFrames } from '../session/browser-frames.ts';
import type { SessionStore } from '../session/session-store.ts';
import { createAnnouncer } from '../services/announcer.ts';
import { createConnectionStore } from '../services/connection-store.ts';
import { createDrafts } from '../services/drafts.ts';
import type { Preferences } from '../services/preferences.ts';
import type { Services } from '../services/services.ts';

/** How many sessions keep their events in memory, so that returning to one of them shows it at once. */
const MAX_REMEMBERED = 6;

export interface ServicesDeps {
  api: Api;
  bootstrap: Bootstrap;
  preferences: StoreApi<Preferences>;
  /** The person signed out in this tab. */
  onSignedOut: () => void;
  /** The server refuses this browser's cookie, or the cookie now belongs to another person. */
  onAccountLost: () => void;
  /** Called with the services, and again whenever the server's description of itself changes. */
  onServices: (services: Services) => void;
}

/** Wires the signed-in app together and connects. */
export function createServices({ api, bootstrap, preferences, ...deps }: ServicesDeps): { stop: () => void } {
  const client = createClient({ url: `${location.origin}${getBasePath()}`, checkAuth, fetch: fetchOrLoseAccount });
  const { id, role } = bootstrap.user;
  const sessions = createSessionsStore({ api, client, viewer: () => ({ id, isOperator: role !== 'user' }) });
  const getSession = rememberSessions({ client, api, sessions });
  const stopWatching = sessions.start();
  let wasAway = false;
  const stopListening = listenToNetwork(client);

  /** Calls `onRefused` as soon as the server refuses the cookie, as the API client does. */
  async function fetchOrLoseAccount(...request: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(...request);
    if (response.status === 401) deps.onAccountLost();
    return response;
  }

  /** Whether this browser is still signed in as the same person. Another tab may have signed in as somebody else. */
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
    // After a restart, the server may have a model, another version, or another person behind this cookie.
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
    async refreshBootstrap() {
      // If it fails, what is shown stays as it was until the next reconnect.
      await checkAuth().catch(() => {});
    },
    async signOut() {
      try {
        await api.signOut();
      } catch (error) {
        const problem = toProblem(error);
        // The person is already signed out, which is what they asked for.
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

/** Returns the store of a session. The stores that were used last stay in memory. */
function rememberSessions(deps: {
  client: Client;
  api: Api;
  sessions: Pick<SessionsStore, 'reloadApprovals'>;
}): Services['getSession'] {
  const { client, api, sessions } = deps;
  const remembered = new Map<string, SessionStore>();
  const scheduleFrame = createBrowserFrames();
  return (sessionId, create) => {
    const session =
      remembered.get(sessionId) ??
      create(sessionId, {
        transport: createSessionTransport(client, sessionId),
        client,
        api,
        scheduleFrame,
        now: Date.now,
        onHandedOver: sessions.reloadApprovals,
        createFrameId: () => createId('req'),
      });
    remembered.delete(sessionId);
    remembered.set(sessionId, session);
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
    return session;
  };
}

/**
 * Reconnects at once when a laptop wakes, a tab is shown again or the network returns, and does not wait for the next
 * attempt. When the network goes away, the connection is marked as lost before the silence timeout.
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
