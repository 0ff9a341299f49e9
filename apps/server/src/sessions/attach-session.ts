import { CspError, type SessionResource } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { Subscriber, Subscription } from '../journal/subscription.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionChanges } from './session-changes.ts';
import type { SessionDeps } from './session-deps.ts';
import type { ShareBoard } from './share-board.ts';

export interface AttachOptions {
  after: number;
  subscriber: Subscriber;
  onReady(answer: { session: SessionResource; last_seq: number }): void;
  /** Called at most once, when the session was deleted or is not shared with the actor any more. */
  onEnded(end: 'deleted' | 'unshared'): void;
}

export interface AttachDeps extends Pick<SessionDeps, 'store' | 'journal'> {
  access: SessionAccess;
  board: Pick<ShareBoard, 'hold'>;
  changes: Pick<SessionChanges, 'onDeleted'>;
}

/**
 * Answers with the session, then sends every event with `seq > after` to the subscriber.
 * @throws CspError `not_found`; `invalid_request` when `after` is above the newest `seq`.
 */
export async function attachSession(
  { store, journal, access, board, changes }: AttachDeps,
  { actor, sessionId }: { actor: Actor; sessionId: string },
  { after, subscriber, onReady, onEnded }: AttachOptions,
): Promise<Subscription> {
  let hasEnded = false;
  const end = (reason: 'deleted' | 'unshared') => {
    if (hasEnded) return;
    hasEnded = true;
    onEnded(reason);
  };
  using releasing = new DisposableStack();
  // Before the session is read, so that a deletion meanwhile is not missed.
  releasing.defer(changes.onDeleted(sessionId, () => end('deleted')));
  const seen = await access.get(actor, 'session.read', sessionId);
  let { session } = seen;
  // A client may have read an event from the store before the session in memory counted it.
  if (after > session.lastSeq) session = (await store.sessions.find(sessionId)) ?? session;
  if (after > session.lastSeq) {
    throw new CspError(
      'invalid_request',
      `after is ${after}, but the newest seq of ${sessionId} is ${session.lastSeq}`,
      { details: { field: 'after', last_seq: session.lastSeq } },
    );
  }
  const resource = await access.describe({ ...seen, session });
  if (seen.level !== null) releasing.defer(board.hold({ userId: actor.userId, sessionId }, () => end('unshared')));
  onReady({ session: resource, last_seq: session.lastSeq });
  const subscription = journal.subscribe(sessionId, after, subscriber);
  const releases = releasing.move();
  return {
    close() {
      hasEnded = true;
      releases.dispose();
      subscription.close();
    },
  };
}
