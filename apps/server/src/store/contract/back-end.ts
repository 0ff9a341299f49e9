import { randomUUID } from 'node:crypto';

import type { NewEvent } from '../event-rows.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../port.ts';
import type { NewSession, Session } from '../sessions.ts';

/** Description of a back end for the contract suite. */
export interface BackEnd {
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  /** The same with the newest schema in it, where that is quicker. */
  createMigratedDatabase?(): Promise<string>;
}

/** A store on an empty database, with a clock that moves only when told. */
export interface TestStore extends Store {
  readonly url: string;
  /** Moves the clock. */
  advance(ms: number): void;
}

const START_MS = Date.parse('2026-02-01T12:00:00.000Z');

/** Opens a store on an empty database; dispose of it to close it. */
export async function openTestStore(backEnd: BackEnd): Promise<TestStore> {
  let ms = START_MS;
  const url = await (backEnd.createMigratedDatabase?.() ?? backEnd.createDatabase());
  const store = await openStore({ url, nowMs: () => ms, leaseNowMs: () => ms });
  const advance = (by: number): void => {
    ms += by;
  };
  return { ...store, url, advance };
}

/** A session with random ids and whatever is given. */
export function newSession(given: Partial<NewSession> = {}): NewSession {
  return {
    id: `sesn_${randomUUID()}`,
    ownerId: 'user_1',
    agentId: 'agent_1',
    agentVersion: 1,
    environmentId: 'env_1',
    permissionMode: 'default',
    agentSessionId: randomUUID(),
    ...given,
  };
}

export function createSession(store: Store, given: Partial<NewSession> = {}): Promise<Session> {
  return store.sessions.create(newSession(given));
}

/** An event with a random id; a user message unless another type is given. */
export function newEvent(text = 'hello', type = 'user.message'): NewEvent {
  const id = `sevt_${randomUUID()}`;
  return { id, type, body: { id, type: 'user.message', content: [{ type: 'text', text }] } };
}

export function newEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => newEvent(`event ${index}`));
}
