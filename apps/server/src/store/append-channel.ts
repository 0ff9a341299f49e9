import type { Kysely } from 'kysely';

import type { StoreTables } from './schema.ts';

/** A session that has grown. */
export interface Appended {
  sessionId: string;
  lastSeq: number;
}

export interface AppendListener {
  /** Another server has appended to the session. A hint: it may come late, twice or, when a server dies, never. */
  onAppended(appended: Appended): void;
  /** Notices of other servers were missed: every session may have new events. */
  onMissed(): void;
  /** Another server has told that it changed the setting. A hint as well. */
  onSettingChanged?(key: string): void;
}

/** Channel on which the servers of one database notify each other of appended events, and of settings that cannot wait. */
export interface AppendChannel {
  /** Tells the other servers; returns at once. */
  tell(appended: Appended): void;
  /** Tells the other servers when the transaction, which changes the setting, is committed. Rejects as a statement of it does. */
  tellSetting(key: string, transaction: { database: Kysely<StoreTables> }): Promise<void>;
  /** Returns a function that stops it. */
  listen(listener: AppendListener): () => void;
  /** Resolves when it neither sends nor listens any more. */
  close(): Promise<void>;
}

/** For a database that has one server. */
export const NO_APPEND_CHANNEL: AppendChannel = {
  tell: () => undefined,
  tellSetting: () => Promise.resolve(),
  listen: () => () => undefined,
  close: () => Promise.resolve(),
};
