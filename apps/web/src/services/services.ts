import type { Client } from '@claude-sdk-pattern/client';
import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import type { DraftFiles } from './draft-files.ts';
import type { FileNames } from './file-names.ts';
import type { SessionsStore } from './sessions-store.ts';
import type { Problem } from '../session/problem.ts';
import type { createSessionStore, SessionStore } from '../session/session-store.ts';
import type { Announcer } from './announcer.ts';
import type { ConnectionView } from './connection-store.ts';
import type { Drafts } from './drafts.ts';
import type { Preferences } from './preferences.ts';

/** The services that the components of a signed-in app use; created in create-services.ts. */
export interface Services {
  api: Api;
  client: Client;
  bootstrap: Bootstrap;
  sessions: SessionsStore;
  connection: StoreApi<ConnectionView>;
  preferences: StoreApi<Preferences>;
  announcer: Announcer;
  drafts: Drafts;
  draftFiles: DraftFiles;
  fileNames: FileNames;
  /**
   * The store of a session. The same id gives the same store while it is in memory. `create` makes a new one: the first page does
   * not load it, so that who needs a session brings it along.
   */
  getSession: (sessionId: string, create: typeof createSessionStore) => SessionStore;
  /** Asks the server for `bootstrap` again, after something in it was changed. */
  refreshBootstrap: () => Promise<void>;
  /** Resolves to the failure, after which the person is still signed in, or to null. */
  signOut: () => Promise<Problem | null>;
}

export const ServicesContext = createContext<Services | null>(null);

/** The services of the app. Throws outside of a ServicesContext provider. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('useServices needs a ServicesContext above it');
  return services;
}

export function usePreferences<T>(select: (preferences: Preferences) => T): T {
  return useStore(useServices().preferences, select);
}

export function useConnection<T>(select: (connection: ConnectionView) => T): T {
  return useStore(useServices().connection, select);
}
