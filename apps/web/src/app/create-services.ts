import { createClient } from '@claude-sdk-pattern/client';
import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { createId } from '@claude-sdk-pattern/protocol/ids';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { createDraftFiles } from '../features/attachments/draft-files.ts';
import { createFileNames } from '../features/attachments/file-names.ts';
import { createSessionsStore } from '../features/sessions/sessions-store.ts';
import { scheduleBrowserFrame } from '../session/input-batch.ts';
import { createSessionStore, type SessionStore } from '../session/session-store.ts';
import { createAnnouncer } from './announcer.ts';
import { createConnectionStore } from './connection-store.ts';
import { createDrafts } from './drafts.ts';
import type { Preferences } from './preferences.ts';
import type { Services } from './services.ts';

/** Sessions whose events stay in memory, so that going back to one shows it at once. */
const MAX_REMEMBERED = 6;

export interface RunningServices {
  services: Services;
  stop: () => void;
}

/** Wires the signed-in app together and connects. */
export function createServices(
  api: Api,
  bootstrap: Bootstrap,
  preferences: StoreApi<Preferences>,
  onSignedOut: () => void,
): RunningServices {
  const client = createClient({ url: location.origin });
  const sessions = createSessionsStore({ api, client }, preferences.getState().showArchived);
  const remembered = new Map<string, SessionStore>();
  const stopWatching = sessions.start();
  const stopListening = listenForReturn(() => client.reconnectNow());

  function getSession(sessionId: string): SessionStore {
    const session =
      remembered.get(sessionId) ??
      createSessionStore(sessionId, {
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
  }

  function stop(): void {
    stopListening();
    stopWatching();
    void client.close();
  }

  return {
    stop,
    services: {
      api,
      client,
      bootstrap,
      sessions,
      connection: createConnectionStore(client),
      preferences,
      announcer: createAnnouncer(),
      drafts: createDrafts(localStorage),
      draftFiles: createDraftFiles({ api, storage: localStorage, createLocalId: () => createId('req') }),
      fileNames: createFileNames(api),
      getSession,
      async signOut() {
        await api.signOut().catch(() => {});
        onSignedOut();
      },
    },
  };
}

/** A laptop that wakes, a tab that comes back, a network that returns: no need to wait for the next attempt. */
function listenForReturn(onReturn: () => void): () => void {
  const onVisible = () => {
    if (document.visibilityState === 'visible') onReturn();
  };
  window.addEventListener('online', onReturn);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    window.removeEventListener('online', onReturn);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
