import type { PreviewEvent, SessionEvent, SessionResource } from '@claude-sdk-pattern/protocol';

import type { ClientError } from './client-error.ts';

export interface AttachOptions {
  /** The newest `seq` that the caller already has; 0, the default, asks for all events. */
  after?: number;
  /**
   * Begin at most this many events before the end instead of with the whole history, which may be long. What came before
   * is read with `client.listEvents(sessionId, { before: attachment.firstSeq })`.
   */
  tail?: number;
  /** Called with every event after that, once and in order, over any number of connections. */
  onEvent: (event: SessionEvent, seq: number) => void;
  /** Called with the live stream of events still being produced; may have holes, which the event itself mends. */
  onPreview?: (preview: PreviewEvent) => void;
  /** Called whenever the server has (again) attached this connection: previews seen before are void. */
  onAttached?: (attached: { session: SessionResource; lastSeq: number; firstSeq: number }) => void;
  /** The journal is shorter than what the caller has, so it was replaced: forget all; events start again from 1. */
  onReset?: () => void;
  /** The session cannot be followed. With `error.retryable` it is tried again by itself, otherwise it is over. */
  onError?: (error: ClientError) => void;
}

/** Where the server is to begin. */
export interface AttachPoint {
  after: number;
  tail?: number;
}

/** One caller that follows a session. */
export interface Follower {
  /** The `seq` of the last event that it has; undefined while a `tail` waits for the server to say where the end is. */
  cursor: number | undefined;
  firstSeq: number | undefined;
  options: AttachOptions;
}

/** Where a follower begins, as far as it is known before the server has answered. */
export function toBeginning({ after = 0, tail }: AttachOptions): Pick<Follower, 'cursor' | 'firstSeq'> {
  return tail === undefined ? { cursor: after, firstSeq: after + 1 } : { cursor: undefined, firstSeq: undefined };
}

/** Settles where a follower with a `tail` begins, now that the end is known. */
export function begin(follower: Follower, lastSeq: number): void {
  const { after = 0, tail = 0 } = follower.options;
  follower.cursor ??= Math.max(after, lastSeq - tail);
  follower.firstSeq ??= follower.cursor + 1;
}

/** The `seq` of the last event that it has, or after which it wants to begin. */
export function cursorOf({ cursor, options }: Follower): number {
  return cursor ?? options.after ?? 0;
}

/** Hands over an event that comes next. `gap` when one before it is missing, `known` when the follower has it. */
export function deliver(follower: Follower, event: SessionEvent, seq: number): 'delivered' | 'gap' | 'known' {
  if (follower.cursor === undefined || seq <= follower.cursor) return 'known';
  if (seq > follower.cursor + 1) return 'gap';
  follower.cursor = seq;
  follower.options.onEvent(event, seq);
  return 'delivered';
}

/** Lets a follower forget all and begin anew; false where it cannot forget. */
export function restart(follower: Follower): boolean {
  if (!follower.options.onReset) return false;
  follower.options = { ...follower.options, after: 0 };
  Object.assign(follower, toBeginning(follower.options));
  follower.options.onReset?.();
  return true;
}

/** Where all of them get what they need: after the earliest cursor, or, while none has one, at the longest tail. */
export function findAttachPoint(followers: ReadonlySet<Follower>): AttachPoint {
  const cursors = Array.from(followers, ({ cursor }) => cursor).filter((cursor) => cursor !== undefined);
  if (cursors.length > 0) return { after: Math.min(...cursors) };
  const options = Array.from(followers, (follower) => follower.options);
  return {
    after: Math.min(...options.map(({ after = 0 }) => after)),
    tail: Math.max(...options.map(({ tail = 0 }) => tail)),
  };
}
