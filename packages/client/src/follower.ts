import type { PresentPerson, PreviewEvent, SessionEvent, SessionResource } from '@claude-sdk-pattern/protocol';

import type { ClientError } from './client-error.ts';

export interface AttachOptions {
  /** The newest `seq` that the caller already has; 0, the default, asks for all events. */
  after?: number;
  /**
   * Begins at most this many events before the end, for long histories. Earlier events come from
   * `client.listEvents(sessionId, { before: attachment.firstSeq })`.
   */
  tail?: number;
  /** Called once with every event after that, in order, over any number of connections. */
  onEvent: (event: SessionEvent, seq: number) => void;
  /** Called with previews of events that are not finished. Some may be missing; the event has everything. */
  onPreview?: (preview: PreviewEvent) => void;
  /** Called with everybody who has the session open, this user included, while others do or when the last has left. */
  onPresence?: (people: readonly PresentPerson[]) => void;
  /** Called whenever the server has attached this connection, also after a reconnect: drop earlier previews. */
  onAttached?: (attached: { session: SessionResource; lastSeq: number; firstSeq: number }) => void;
  /** The journal is shorter than what the caller has, so it was replaced. Drop everything; events begin again at 1. */
  onReset?: () => void;
  /**
   * The session cannot be followed. With `error.retryable` the client tries again; otherwise the attachment has
   * ended.
   */
  onError?: (error: ClientError) => void;
}

/** Where the server begins to send events. */
export interface AttachPoint {
  after: number;
  tail?: number;
}

/** One caller that follows a session. */
export interface Follower {
  /** The `seq` of the last delivered event; undefined while a `tail` waits for the server to name the last `seq`. */
  cursor: number | undefined;
  firstSeq: number | undefined;
  options: AttachOptions;
}

/** Where a follower begins, as far as that is known before the server answers. */
export function toBeginning({ after = 0, tail }: AttachOptions): Pick<Follower, 'cursor' | 'firstSeq'> {
  return tail === undefined ? { cursor: after, firstSeq: after + 1 } : { cursor: undefined, firstSeq: undefined };
}

/** Sets where a follower with a `tail` begins, once the last `seq` is known. */
export function begin(follower: Follower, lastSeq: number): void {
  const { after = 0, tail = 0 } = follower.options;
  follower.cursor ??= Math.max(after, lastSeq - tail);
  follower.firstSeq ??= follower.cursor + 1;
}

/** The `seq` of the last delivered event, or the one after which the follower begins. */
export function cursorOf({ cursor, options }: Follower): number {
  return cursor ?? options.after ?? 0;
}

/** Delivers the next event. `gap`: an event before it is missing. `known`: the follower has it already. */
export function deliver(follower: Follower, event: SessionEvent, seq: number): 'delivered' | 'gap' | 'known' {
  if (follower.cursor === undefined || seq <= follower.cursor) return 'known';
  if (seq > follower.cursor + 1) return 'gap';
  follower.cursor = seq;
  follower.options.onEvent(event, seq);
  return 'delivered';
}

/** Makes a follower begin again from the start; false when it has no `onReset`. */
export function restart(follower: Follower): boolean {
  if (!follower.options.onReset) return false;
  follower.options = { ...follower.options, after: 0 };
  Object.assign(follower, toBeginning(follower.options));
  follower.options.onReset?.();
  return true;
}

/** Where to attach for all followers: after the earliest cursor or, while none has one, at the longest tail. */
export function findAttachPoint(followers: ReadonlySet<Follower>): AttachPoint {
  const cursors = Array.from(followers, ({ cursor }) => cursor).filter((cursor) => cursor !== undefined);
  if (cursors.length > 0) return { after: Math.min(...cursors) };
  const options = Array.from(followers, (follower) => follower.options);
  return {
    after: Math.min(...options.map(({ after = 0 }) => after)),
    tail: Math.max(...options.map(({ tail = 0 }) => tail)),
  };
}
