import { randomUUID } from 'node:crypto';

import { findConversationPath, isOnPath, type BranchedReply, type BranchPlace } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import { readBranches, type Branches } from '../journal/branches.ts';
import type { Store } from '../store/port.ts';
import type { BranchSteps } from '../turns/branch-conversation.ts';
import { toRequestIdentity } from '../turns/request-identity.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionAccess } from './session-access.ts';
import { toEventActor } from './to-event-actor.ts';

export interface MessageOptions {
  /** The `user.message`. */
  eventId: string;
  /** Requests of a user with the same id are carried out once. */
  requestId?: string | undefined;
}

/** From where the conversation of a session goes on. Every method throws `not_found` for a session that the actor may not see. */
export interface SessionBranches {
  /**
   * The conversation goes on from before a message, with whatever is sent next. `switchTo` with the same message takes it back, and
   * so does this with a `session.files_rewound` of that message. The files of the workspace stay as they are.
   * @throws CspError `not_found` for an unknown message, `state_conflict` while a turn runs or a message waits, and where the
   * message is in another branch.
   */
  rewind(actor: Actor, sessionId: string, options: MessageOptions & { steps?: BranchSteps }): Promise<BranchedReply>;
  /** The conversation goes on at the newest end of the branch that has a message. @throws CspError as `rewind` */
  switchTo(actor: Actor, sessionId: string, options: MessageOptions): Promise<BranchedReply>;
  /** The places from where the conversation went on in several ways, oldest first. */
  list(actor: Actor, sessionId: string): Promise<BranchPlace[]>;
}

export function createSessionBranches(deps: {
  store: Pick<Store, 'events'>;
  access: Pick<SessionAccess, 'get'>;
  getLive(sessionId: string): Promise<LiveSession>;
}): SessionBranches {
  const { store, access, getLive } = deps;
  const branch = async (
    actor: Actor,
    sessionId: string,
    {
      eventId: messageId,
      requestId,
      reason,
      steps,
    }: MessageOptions & { reason: 'rewound' | 'switched'; steps?: BranchSteps | undefined },
  ): Promise<BranchedReply> => {
    const identity = toRequestIdentity(actor.userId, requestId ?? randomUUID(), { [reason]: sessionId, messageId });
    await access.get(actor, 'session.send', sessionId);
    const live = await getLive(sessionId);
    return live.branch({ reason, messageId, actor: toEventActor(actor), identity, steps });
  };
  return {
    async rewind(actor, sessionId, options) {
      const { session } = await access.get(actor, 'session.send', sessionId);
      const { messageId, isTakenBack } = await findRewoundMessage(store, session.id, options.eventId);
      const reason = isTakenBack ? 'switched' : 'rewound';
      return branch(actor, sessionId, { ...options, eventId: messageId, reason });
    },
    switchTo: (actor, sessionId, options) => branch(actor, sessionId, { ...options, reason: 'switched' }),
    async list(actor, sessionId) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      return findBranchPlaces(await readBranches(store.events, session.id), session.lastSeq);
    },
  };
}

/** The message of a rewind. Each `session.files_rewound` before it takes back what comes after, so that two of them are a rewind again. */
async function findRewoundMessage(
  { events }: Pick<Store, 'events'>,
  sessionId: string,
  eventId: string,
): Promise<{ messageId: string; isTakenBack: boolean }> {
  let isTakenBack = false;
  for (let messageId = eventId; ; isTakenBack = !isTakenBack) {
    const event = await events.find(sessionId, messageId);
    if (event?.body.type !== 'session.files_rewound') return { messageId, isTakenBack };
    messageId = event.body.event_id;
  }
}

/** The places of a session with more than one message. Pure. */
export function findBranchPlaces({ branchings, turns }: Branches, lastSeq: number): BranchPlace[] {
  const path = findConversationPath(branchings, lastSeq);
  const places = new Map<number, Map<string, number>>();
  branchings.forEach(({ seq, headSeq, reason, messageId }, index) => {
    if (reason === 'switched') return;
    const messages = places.get(headSeq) ?? new Map<string, number>();
    places.set(headSeq, messages);
    const end = branchings[index + 1]?.seq ?? Number.MAX_SAFE_INTEGER;
    const before = turns.find(({ messageIds }) => messageIds.includes(messageId));
    const after = turns.find((turn) => turn.seq > seq && turn.seq < end);
    if (before !== undefined) messages.set(messageId, before.seq);
    const first = after?.messageIds[0];
    if (after !== undefined && first !== undefined) messages.set(first, after.seq);
  });
  return [...places]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([headSeq, messages]) => {
      if (messages.size < 2) return [];
      const sorted = [...messages].toSorted(([, a], [, b]) => a - b);
      const current = sorted.find(([, seq]) => isOnPath(path, seq))?.[0] ?? null;
      return [{ head_seq: headSeq, message_ids: sorted.map(([id]) => id), current_id: current }];
    });
}
