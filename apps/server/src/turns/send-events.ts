import { randomUUID } from 'node:crypto';

import {
  CspError,
  type EventActor,
  type SessionEvent,
  type SessionRule,
  type UserEventParams,
  type UserMessageEvent,
} from '@claude-sdk-pattern/protocol';

import type { KeyDetails } from '../audit/fact.ts';
import type { Clock } from '../lib/clock.ts';
import { assertMayAnswer, mayAllow, type Answerer } from '../permissions/assert-may-answer.ts';
import type { ApprovalAnswer, PendingApproval } from '../permissions/pending-approvals.ts';
import type { ApprovalDecision } from '../store/approvals.ts';
import { toStopError } from '../stops/stop-error.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { isText, type MessageDelivery } from './message-delivery.ts';
import { findRepeatedResults } from './repeated-results.ts';
import type { PlannedBranch } from './plan-branch.ts';
import { planUserEvents, type UserEventPlan } from './plan-user-events.ts';
import { assertMayQueue, type QueueQuota } from './queue-quota.ts';
import { claimRequest, rethrowUnlessAnswered, type RequestIdentity } from './request-identity.ts';
import type { SessionOrder } from './session-order.ts';
import type { SessionApprovals } from '../permissions/session-approvals.ts';
import type { SessionRecord } from './session-record.ts';
import { keepSessionRules } from '../permissions/session-rules.ts';
import type { SessionTurns } from './session-turns.ts';
import { toAnswerRefusal } from '../permissions/to-answer-refusal.ts';

export interface SentEvents {
  events: { id: string; seq: number }[];
}

export interface SendRequest {
  actor: EventActor;
  identity: RequestIdentity;
  events: readonly UserEventParams[];
  /** What they may answer. */
  answerer: Answerer;
  /** The key or token behind it, for the audit log. */
  credential?: KeyDetails;
}

/** A request with the place that the conversation goes on from. */
export interface BranchingRequest extends SendRequest {
  branch?: PlannedBranch;
}

/** The parts of the session that receives the events. */
export interface SendDeps {
  store: Pick<Store, 'events' | 'approvals'>;
  record: SessionRecord;
  order: SessionOrder;
  turns: SessionTurns;
  delivery: MessageDelivery;
  approvals: SessionApprovals;
  /** Rules for the whole session. Answers of people add to them. */
  rules: Map<string, SessionRule>;
  /** The last call that waited is answered, and the session has no process for it. */
  onAnswered(): void;
  clock: Clock;
  quotas: QueueQuota;
}

export interface StoredEvents {
  sent: SentEvents;
  /** Resolves when the events are flushed to the disk. Nobody may see them before that. */
  durable: Promise<unknown>;
}

/**
 * Takes what people send: commits it, in one transaction with the id of the request, the message's place in the turn
 * queue and the answers to approvals, then makes the session act on it. For a repeated request nothing is stored, and
 * `sent` is the first answer. Runs as a command of the session's order.
 * @throws CspError `invalid_request` or `state_conflict` where an event does not fit the state of the session.
 */
export async function sendEvents(deps: SendDeps, request: BranchingRequest): Promise<StoredEvents> {
  try {
    const { applyEffects, ...stored } = await commitSent(deps, request);
    // The events are stored, so the request has succeeded even if their effects fail.
    await deps.order.guard(applyEffects);
    return stored;
  } catch (error) {
    // The journal refuses a repeat only after the flush of what it repeats.
    return { sent: rethrowUnlessAnswered<SentEvents>(error), durable: Promise.resolve() };
  }
}

/** `applyEffects` settles the answered approvals, interrupts the turn if asked, and begins the next turn. Call it once. */
async function commitSent(
  deps: SendDeps,
  request: BranchingRequest,
): Promise<StoredEvents & { applyEffects: () => Promise<void> }> {
  const { record, turns, delivery, approvals, clock } = deps;
  const { id: sessionId, archivedAt, title } = record.session;
  if (archivedAt !== null) throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
  const repeats = await findRepeatedResults(deps.store, {
    sessionId,
    events: request.events,
    pending: approvals.pending,
  });
  const events = request.events.filter((_, index) => !repeats.has(index));
  if (events.length === 0) return { sent: { events: [...repeats.values()] }, durable: DONE, applyEffects: () => DONE };
  for (const params of events) {
    if (params.type !== 'user.tool_confirmation') continue;
    const approval = approvals.pending.get(params.tool_use_id);
    // Who may not allow it is known once people are asked.
    const isTooEarly = approval?.terms?.fourEyes === true && !approvals.isAnnounced(approval);
    if (approval === undefined || isTooEarly || approval.expiresAtMs <= clock.now())
      throw await toAnswerRefusal(deps.store, { sessionId, toolUseId: params.tool_use_id });
    assertMayAnswer(request.answerer, approval, { ...params, ownerId: record.session.ownerId });
  }
  const stop = events.some(({ type }) => type === 'user.message') ? turns.findStop() : undefined;
  if (stop !== undefined) throw toStopError(stop);
  const isRunning = turns.running !== undefined;
  const asksBudgets = !isRunning && events.some(({ type }) => type === 'user.message');
  const hasRoom = !asksBudgets || (await turns.findReached()) === undefined;
  const { pending, isAnnounced } = approvals;
  const mayAllowToo = (approval: PendingApproval) =>
    (isAnnounced(approval) || approval.terms?.fourEyes !== true) &&
    mayAllow(request.answerer, approval, record.session.ownerId);
  const plan = planUserEvents({
    ...{ ...request, events, clock, approvals: pending, isAnnounced, rules: deps.rules, isRunning },
    mayAllow: mayAllowToo,
  });
  const queued = new Map(plan.sent.filter(isUserMessage).map((event) => [event.id, toQueued(event, sessionId)]));
  // A message that begins a turn at once is stored together with the start of the turn: people wait for the first word,
  // and one transaction is faster than two.
  const [taken] =
    isRunning || plan.interrupts || !hasRoom || turns.reports.isDue || turns.reports.isHeld ? [] : queued.values();
  const next = taken && turns.plan([taken.eventId]);
  const mayFollow = delivery.mayHaveUndelivered;
  const text = taken !== undefined && isText(taken.content) && !mayFollow ? taken.content : undefined;
  const rules = [...deps.rules.values(), ...plan.newRules];
  const fileIds = plan.sent.filter(isUserMessage).flatMap(toFileIds);
  const lead = request.branch === undefined ? [] : [request.branch.event];
  const toSent = (first: number): SentEvents => {
    const fresh = plan.sent.map((event, index) => ({ id: event.id, seq: first + lead.length + index })).values();
    return { events: request.events.flatMap((_, index) => repeats.get(index) ?? fresh.next().value ?? []) };
  };

  const within = async (transaction: StoreTransaction, firstSeq: number) => {
    await claimRequest(transaction, request.identity, toSent(firstSeq));
    await request.branch?.store(transaction);
    if (queued.size > 0 && !taken) await assertMayQueue(transaction, { sessionId, messages: queued.size }, deps.quotas);
    for (const [index, { id }] of plan.sent.entries()) {
      const message = queued.get(id);
      const state = message === taken ? 'delivered' : 'waiting';
      if (message) await transaction.queue.enqueue({ ...message, state, seq: firstSeq + lead.length + index });
    }
    for (const { approval, answer } of plan.answered) {
      if (!approvals.isAnnounced(approval)) continue;
      await transaction.approvals.resolve(approval.eventId, toDecision(answer, request.actor));
    }
    if (plan.newRules.length > 0) await keepSessionRules(transaction, sessionId, rules);
    if (fileIds.length > 0) await transaction.files.addToSession(sessionId, fileIds);
  };

  // Whoever stops a session that waits for a budget does not want it to go on by itself.
  const isStopped = plan.interrupts && !isRunning && record.session.stopReason?.type === 'budget_reached';
  const idle = { type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null } as const;
  if (isStopped) plan.derived.push(record.stamp(idle));
  const isFirstTitle = title === null && plan.title !== undefined;
  const { first, durable } = await record.commit([...lead, ...plan.sent, ...plan.derived, ...(next?.events ?? [])], {
    ...(request.credential && { credential: request.credential }),
    ...(isFirstTitle && { patch: { title: plan.title ?? null, titleSource: 'auto' } }),
    within,
    onCommitted: () => {
      if (!taken || !next) return;
      turns.begin(next.turn);
      // The agent gets the message while the commit is still being flushed; the sender gets the answer after the flush.
      if (text) delivery.sendText({ ...taken, content: text });
    },
  });

  return {
    sent: toSent(first),
    durable,
    async applyEffects() {
      // An allowed call has effects, so the answer that allows it must be flushed first.
      if (plan.answered.length > 0) await durable;
      settle(deps, plan);
      if (plan.answered.length > 0 && !plan.interrupts) deps.onAnswered();
      if (plan.interrupts) turns.interrupt();
      if (!taken) await turns.takeNextMessage({ isNew: queued.size > 0 });
      else if (!text) await delivery.deliver(taken);
    },
  };
}

/** Nothing is to be stored. */
const DONE = Promise.resolve();

function settle({ approvals, rules }: SendDeps, plan: UserEventPlan): void {
  for (const rule of plan.newRules) rules.set(rule.rule, rule);
  for (const { approval, answer } of plan.answered) approvals.settle(approval, answer);
}

function isUserMessage(event: SessionEvent): event is UserMessageEvent {
  return event.type === 'user.message';
}

function toFileIds({ content }: UserMessageEvent): string[] {
  return content.flatMap((block) => ('source' in block && block.source.type === 'file' ? [block.source.file_id] : []));
}

function toQueued({ id, content }: UserMessageEvent, sessionId: string) {
  return { eventId: id, sessionId, content, agentMessageUuid: randomUUID() as string };
}

const DECISIONS = { allow: 'allowed', deny: 'denied', cancelled: 'cancelled' } as const;

function toDecision({ result }: ApprovalAnswer, actor: EventActor): ApprovalDecision {
  return { state: DECISIONS[result], decidedBy: actor.id };
}
