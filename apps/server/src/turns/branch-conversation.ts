import { CspError, type BranchedReply } from '@claude-sdk-pattern/protocol';

import type { ProcessLifecycle } from './process-lifecycle.ts';
import {
  assertMayBranch,
  planBranch,
  type BranchRequest,
  type PlanBranchDeps,
  type PlannedBranch,
} from './plan-branch.ts';
import { claimRequest, findAnswer, rethrowUnlessAnswered, type RequestIdentity } from './request-identity.ts';
import { sendEvents, type SendDeps, type SendRequest, type StoredEvents } from './send-events.ts';
import type { SessionOrder } from './session-order.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';
import type { Store } from '../store/port.ts';

export interface BranchDeps extends PlanBranchDeps {
  store: Pick<Store, 'events' | 'queue' | 'transcripts' | 'idempotency'>;
  record: SessionRecord;
  order: Pick<SessionOrder, 'command'>;
  process: Pick<SessionProcess, 'state' | 'isGone' | 'release'>;
  lifecycle: Pick<ProcessLifecycle, 'hibernate'>;
  /** Stores the end of the transcript that a dead process left. */
  adoptTranscript(): Promise<void>;
}

/** Somebody may wake the session while its process ends, or begin to type. */
const MAX_TRIES = 5;

/**
 * Runs `work` as a command of the session while it has no process and its transcript is whole. A process has the conversation in its
 * memory, and cannot be told of another.
 * @throws CspError `state_conflict` where a turn runs or a message waits.
 */
async function withoutProcess<T>(deps: BranchDeps, work: () => Promise<T>): Promise<T> {
  const { order, process, lifecycle, adoptTranscript } = deps;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    await order.command(() => assertMayBranch(deps));
    await lifecycle.hibernate('requested');
    // One that was told to end before may still be ending.
    if (process.state === 'none') await process.release();
    const done = await order.command(async () => {
      if (!process.isGone) return undefined;
      await adoptTranscript();
      return { result: await work() };
    });
    if (done !== undefined) return done.result;
  }
  const { id } = deps.record.session;
  throw new CspError('state_conflict', `Session ${id} was used by somebody else all the time. Try again`);
}

/** What is done together with a change of the conversation: nothing else happens in the session meanwhile. */
export interface BranchSteps {
  /** Where it rejects, the conversation stays where it is. */
  before(): Promise<void>;
  behind(): Promise<void>;
}

/** Has the conversation go on from another place, or does nothing where it does already. A repeated request gets the first answer. */
export async function branchConversation(
  deps: BranchDeps,
  request: BranchRequest & { identity: RequestIdentity; steps?: BranchSteps | undefined },
): Promise<BranchedReply> {
  const { store, record } = deps;
  const { identity, steps } = request;
  const answer = await findAnswer<BranchedReply>(store, identity);
  if (answer !== undefined) return answer;
  return withoutProcess(deps, async () => {
    const branch = await planBranch(deps, request);
    await steps?.before();
    if (branch === undefined) {
      await steps?.behind();
      return { head_seq: record.session.lastSeq, seq: null };
    }
    const { head_seq } = branch.event;
    let reply: BranchedReply = { head_seq, seq: null };
    // What cut the turn short is no part of the conversation any more.
    const isCut = record.session.stopReason?.type !== 'end_turn';
    const idle = { type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null } as const;
    try {
      await record.append([branch.event, ...(isCut ? [record.stamp(idle)] : [])], {
        within: async (transaction, seq) => {
          reply = { head_seq, seq };
          await claimRequest(transaction, identity, reply);
          await branch.store(transaction);
        },
      });
    } catch (error) {
      return rethrowUnlessAnswered<BranchedReply>(error);
    }
    await steps?.behind();
    return reply;
  });
}

/** Sends a message in the place of another. Both happen, or neither. */
export function sendInPlace(
  deps: BranchDeps & SendDeps,
  request: SendRequest & { reason: 'edited' | 'rerun'; messageId: string },
): Promise<StoredEvents> {
  const { reason, messageId, actor } = request;
  return withoutProcess(deps, async () => {
    const branch: PlannedBranch | undefined = await planBranch(deps, { reason, messageId, actor });
    return sendEvents(deps, { ...request, ...(branch && { branch }) });
  });
}
