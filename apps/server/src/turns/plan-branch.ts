import {
  CspError,
  findConversationPath,
  isOnPath,
  type EventActor,
  type SessionBranchedEvent,
  type SessionEvent,
} from '@claude-sdk-pattern/protocol';

import { findTurnsOnPath, readBranches, toHead, type Branches, type TurnStart } from '../journal/branches.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { toBranchMark, type KeptPart } from '../store/transcript-branches.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionTurns } from './session-turns.ts';

export interface BranchRequest {
  reason: SessionBranchedEvent['reason'];
  /** A `user.message`: see `session.branched`. To switch, any event of a turn. */
  messageId: string;
  actor: EventActor;
}

export interface PlannedBranch {
  event: SessionEvent & { type: 'session.branched' };
  /** Call it in the transaction that appends the event: from then on the agent has the other conversation. */
  store(transaction: Pick<StoreTransaction, 'transcripts' | 'queue'>): Promise<void>;
}

export interface PlanBranchDeps {
  store: Pick<Store, 'events' | 'queue' | 'transcripts'>;
  record: Pick<SessionRecord, 'session' | 'stamp'>;
  turns: Pick<SessionTurns, 'running'>;
}

/**
 * Plans how the conversation goes on from another place. Only for a session without a process, between turns: what a process has
 * said is in the transcript by then. Undefined where it is in the wanted branch already.
 * @throws CspError `not_found` for an unknown message, `invalid_request` for another event, `state_conflict` where the session
 * works, or where the message is in no turn or in another branch.
 */
export async function planBranch(
  deps: PlanBranchDeps,
  { reason, messageId, actor }: BranchRequest,
): Promise<PlannedBranch | undefined> {
  const { store, record } = deps;
  const { id: sessionId } = record.session;
  await assertMayBranch(deps);
  const message = await store.events.find(sessionId, messageId);
  if (message === undefined) throw new CspError('not_found', `Session ${sessionId} has no message ${messageId}`);
  const branches = await readBranches(store.events, sessionId);
  const isOfUser = message.type === 'user.message';
  if (!isOfUser && reason !== 'switched')
    throw new CspError('invalid_request', `${messageId} is no message of a user, but a ${message.type}`);
  const turn = isOfUser
    ? branches.turns.find(({ messageIds }) => messageIds.includes(messageId))
    : findTurnsOnPath(branches, message.seq).at(-1);
  if (turn === undefined)
    throw new CspError(
      'state_conflict',
      `No turn has taken the message ${messageId}: it was withdrawn, or never begun`,
    );
  const found =
    reason === 'switched'
      ? findEnd(branches, turn)
      : await findPlaceBefore(deps, { branches, turn, messageId, messageSeq: message.seq });
  if (found === undefined) return undefined;
  const { headSeq, keep } = found;
  const event = record.stamp({
    type: 'session.branched',
    head_seq: headSeq,
    reason,
    message_id: turn.messageIds[0] ?? messageId,
    actor,
  });
  if (event.type !== 'session.branched') throw new Error('An event changed its type');
  return {
    event,
    async store({ transcripts, queue }) {
      await transcripts.append({ sessionId: record.session.agentSessionId }, [toBranchMark(event.id, keep)]);
      // What a turn was given up with is not sent again in another branch.
      for (const { eventId, state } of await queue.listOpen(sessionId)) {
        if (state === 'delivered') await queue.mark(eventId, { from: 'delivered', to: 'done' });
      }
    },
  };
}

/** @throws CspError `state_conflict` */
export async function assertMayBranch({ store, record, turns }: PlanBranchDeps): Promise<void> {
  const { id, archivedAt } = record.session;
  if (archivedAt !== null) throw new CspError('state_conflict', `Session ${id} is archived. Unarchive it first`);
  if (turns.running !== undefined)
    throw new CspError(
      'state_conflict',
      `Session ${id} is working. Stop the turn, or wait for its end, then try again`,
    );
  if ((await store.queue.countWaiting(id)) > 0)
    throw new CspError('state_conflict', `A message waits in session ${id}. Withdraw it, or wait for its answer`);
}

interface Place {
  headSeq: number;
  keep: KeptPart;
}

/** Where the conversation was before a turn took the message. */
async function findPlaceBefore(
  { store, record }: PlanBranchDeps,
  options: { branches: Branches; turn: TurnStart; messageId: string; messageSeq: number },
): Promise<Place> {
  const { branches, turn, messageId, messageSeq } = options;
  const { id: sessionId, agentSessionId, lastSeq } = record.session;
  if (!isOnPath(findConversationPath(branches.branchings, lastSeq), turn.seq)) {
    const fact = `Message ${messageId} is no part of the conversation any more: it went on from another place meanwhile`;
    throw new CspError('state_conflict', `${fact}. Go to its branch first`);
  }
  const later = findTurnsOnPath(branches).filter(({ seq }) => seq >= turn.seq);
  const uuid = await findFirstReceived(store, { agentSessionId, turns: later });
  // Where the agent got none of them, it keeps what it has.
  const keep: KeptPart = uuid === undefined ? { type: 'all' } : { type: 'before', uuid };
  // A message that waited for the end of a turn stands in the middle of that turn.
  const between = await store.events.list(sessionId, { after: messageSeq, before: turn.seq, limit: 100 });
  const begunAtOnce = between.length < 100 && between.every(({ type }) => type.startsWith('user.'));
  return { headSeq: toHead(branches, begunAtOnce ? messageSeq - 1 : turn.seq - 1), keep };
}

/** The uuid of the first message of these turns that the agent has received, which is that of its transcript's entry. */
async function findFirstReceived(
  { queue, transcripts }: Pick<Store, 'queue' | 'transcripts'>,
  { agentSessionId, turns }: { agentSessionId: string; turns: readonly TurnStart[] },
): Promise<string | undefined> {
  for (const id of turns.flatMap(({ messageIds }) => messageIds)) {
    const message = await queue.find(id);
    if (message === undefined) {
      const fact = `The platform does not know any more what the agent got as message ${id}`;
      throw new CspError('state_conflict', `${fact}: the session that this one was forked from is deleted`);
    }
    if (await transcripts.hasUuid({ sessionId: agentSessionId }, message.agentMessageUuid))
      return message.agentMessageUuid;
  }
  return undefined;
}

/** The newest end of the branch with this turn; undefined where that is the conversation as it is. */
function findEnd(branches: Branches, turn: TurnStart): Place | undefined {
  const { branchings } = branches;
  const isPartOf = (through: number) => isOnPath(findConversationPath(branchings, through), turn.seq);
  if (isPartOf(Number.MAX_SAFE_INTEGER)) return undefined;
  const mark = branchings.findLast(({ seq }) => isPartOf(seq - 1));
  if (mark === undefined) throw new Error('A turn is in no branch');
  return { headSeq: toHead(branches, mark.seq - 1), keep: { type: 'as_before', mark: mark.eventId } };
}
