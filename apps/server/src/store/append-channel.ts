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
}

/** Channel on which the servers of one database notify each other of appended events. */
export interface AppendChannel {
  /** Tells the other servers; returns at once. */
  tell(appended: Appended): void;
  /** Returns a function that stops it. */
  listen(listener: AppendListener): () => void;
  /** Resolves when it neither sends nor listens any more. */
  close(): Promise<void>;
}

/** For a database that has one server. */
export const NO_APPEND_CHANNEL: AppendChannel = {
  tell: () => undefined,
  listen: () => () => undefined,
  close: () => Promise.resolve(),
};
