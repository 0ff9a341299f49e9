import { findConversationPath, type Branching, type SessionBranchedEvent } from '@claude-sdk-pattern/protocol';

import type { EventRepository, StoredEvent } from '../store/events.ts';

/** A `session.branched` event of a session. */
export interface StoredBranching extends Branching {
  eventId: string;
  reason: SessionBranchedEvent['reason'];
  messageId: string;
}

/** Where a turn begins, and with which messages. */
export interface TurnStart {
  seq: number;
  messageIds: readonly string[];
}

/** How a session went on from earlier places, in the order of `seq`. */
export interface Branches {
  branchings: readonly StoredBranching[];
  turns: readonly TurnStart[];
}

const PAGE = 500;

/** Reads where a session branched; few sessions have, and few have often. */
export async function readBranchings(
  events: Pick<EventRepository, 'list'>,
  sessionId: string,
): Promise<StoredBranching[]> {
  const found: StoredBranching[] = [];
  for await (const { seq, body } of readAll(events, sessionId, ['session.branched'])) {
    if (body.type !== 'session.branched') continue;
    const { head_seq: headSeq, reason, message_id: messageId, id: eventId } = body;
    found.push({ seq, headSeq, eventId, reason, messageId });
  }
  return found;
}

/** The same with the starts of all turns. */
export async function readBranches(events: Pick<EventRepository, 'list'>, sessionId: string): Promise<Branches> {
  const branchings = await readBranchings(events, sessionId);
  const turns: TurnStart[] = [];
  for await (const { seq, body } of readAll(events, sessionId, ['session.turn_started'])) {
    if (body.type === 'session.turn_started') turns.push({ seq, messageIds: body.message_ids });
  }
  return { branchings, turns };
}

/** The turns of the conversation as it is at the event `through`. */
export function findTurnsOnPath({ branchings, turns }: Branches, through = Number.MAX_SAFE_INTEGER): TurnStart[] {
  const path = findConversationPath(branchings, through);
  return turns.filter(({ seq }) => path.some(({ first, last }) => seq >= first && seq <= last));
}

/**
 * Leads a place that nothing follows but the beginning of an empty branch back to where that branch begins. So all that goes on
 * from one place has the same head.
 */
export function toHead({ branchings, turns }: Branches, seq: number): number {
  const branch = branchings.findLast((each) => each.seq <= seq);
  if (branch === undefined || turns.some((turn) => turn.seq > branch.seq && turn.seq <= seq)) return seq;
  return toHead({ branchings, turns }, branch.headSeq);
}

async function* readAll(
  events: Pick<EventRepository, 'list'>,
  sessionId: string,
  types: readonly string[],
): AsyncGenerator<StoredEvent> {
  for (let after = 0; ;) {
    const page = await events.list(sessionId, { types, after, order: 'asc', limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.seq;
  }
}
