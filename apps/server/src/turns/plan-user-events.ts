import {
  CspError,
  createId,
  type EventActor,
  type RuleSubject,
  type SessionEvent,
  type SessionRule,
  type UserEventParams,
} from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import { assertFitsForm, assertIsAsked } from '../permissions/elicitation.ts';
import { toAnswer, type ApprovalAnswer, type PendingApproval } from '../permissions/pending-approvals.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import { toTitle } from './title.ts';
import { toWaitingStatus } from '../permissions/waiting-status.ts';

/** What a `session.send` leads to, planned before anything is stored. */
export interface UserEventPlan {
  /** One for each event that was sent, in order. */
  sent: SessionEvent[];
  /** Events that follow from the sent events. */
  derived: SessionEvent[];
  answered: { approval: PendingApproval; answer: ApprovalAnswer }[];
  newRules: SessionRule[];
  interrupts: boolean;
  /** A title for a session without one. */
  title: string | undefined;
}

/** @throws CspError `state_conflict` when a confirmation names no waiting call, `invalid_request` when it does not fit the call. */
export function planUserEvents(options: {
  events: readonly UserEventParams[];
  actor: EventActor;
  clock: Clock;
  approvals: ReadonlyMap<string, PendingApproval>;
  /** Whether clients were told of the approval. */
  isAnnounced(approval: PendingApproval): boolean;
  /** Whether a rule that the actor grants may allow the approval too, by the rules of answering. */
  mayAllow(approval: PendingApproval): boolean;
  /** Rules that the session already has. */
  rules: Pick<ReadonlyMap<string, unknown>, 'has'>;
  isRunning: boolean;
}): UserEventPlan {
  const { actor, clock } = options;
  const open = new Map(options.approvals);
  const plan: UserEventPlan = {
    sent: [],
    derived: [],
    answered: [],
    newRules: [],
    interrupts: false,
    title: undefined,
  };

  for (const params of options.events) {
    switch (params.type) {
      case 'user.message':
        plan.title ??= toTitle(params.content);
        // It counts as processed when a turn takes it, which `session.turn_started` says.
        plan.sent.push(
          stampEvent(clock, { type: 'user.message', content: params.content as never, actor, processed_at: null }),
        );
        break;
      case 'user.interrupt': {
        plan.sent.push(stampEvent(clock, { type: 'user.interrupt', actor }));
        plan.interrupts = true;
        for (const approval of open.values()) {
          plan.answered.push({ approval, answer: { result: 'cancelled' } });
          // Its end is the result that it gets.
          if (approval.kind === 'custom_tool') continue;
          plan.derived.push(
            stampEvent(clock, {
              type: 'session.approval_cancelled',
              event_id: approval.eventId,
              reason: 'interrupted',
            }),
          );
        }
        open.clear();
        break;
      }
      case 'user.tool_confirmation': {
        const approval = open.get(params.tool_use_id);
        if (approval === undefined) {
          throw new CspError(
            'state_conflict',
            `Tool call ${params.tool_use_id} does not wait for an answer: it was answered, cancelled, or has expired`,
          );
        }
        assertIsForPeople(approval);
        assertFitsForm(approval, params);
        assertIsAsked(approval, params);
        open.delete(params.tool_use_id);
        plan.answered.push({ approval, answer: toAnswer(params) });
        const { deny_message, scope, answers, content, dismissed } = params;
        plan.sent.push(
          stampEvent(clock, {
            type: 'user.tool_confirmation',
            tool_use_id: params.tool_use_id,
            result: params.result,
            actor,
            ...(deny_message != null && { deny_message }),
            ...(scope !== undefined && { scope }),
            ...(answers !== undefined && { answers }),
            ...(content !== undefined && { content }),
            ...(dismissed !== undefined && { dismissed }),
          }),
        );
        if (params.result === 'allow' && params.scope === 'session' && approval.rule !== undefined) {
          grantRule(plan, { rule: approval.rule, eventId: approval.eventId, known: options.rules, actor, clock });
        }
        break;
      }
      case 'user.custom_tool_result': {
        const { custom_tool_use_id: callId, content, is_error: isError } = params;
        const approval = open.get(callId);
        if (approval?.kind !== 'custom_tool') {
          throw new CspError('state_conflict', `Custom tool call ${callId} does not wait for a result`);
        }
        open.delete(callId);
        const custom = { content, is_error: isError };
        plan.answered.push({ approval, answer: { result: 'allow', answers: undefined, custom } });
        plan.sent.push(
          stampEvent(clock, {
            ...{ type: 'user.custom_tool_result', custom_tool_use_id: callId, actor, is_error: isError === true },
            ...(content !== undefined && { content: content as never }),
            ...(approval.threadId !== null && { session_thread_id: approval.threadId }),
          }),
        );
        break;
      }
    }
  }
  settleEqual(plan, { open, actor, clock, mayAllow: options.mayAllow });
  // Approvals that clients were not told of get a status event of their own.
  const waiting = [...open.values()].filter((approval) => options.isAnnounced(approval));
  plan.derived.push(...toStatus({ plan, waiting, isRunning: options.isRunning, clock }));
  return plan;
}

function assertIsForPeople({ kind, eventId }: PendingApproval): void {
  if (kind === 'approval') return;
  throw new CspError(
    'invalid_request',
    `Call ${eventId} is of a custom tool: the program that runs it answers with a user.custom_tool_result`,
    { details: { field: 'tool_use_id' } },
  );
}

/** A new session rule also answers equal calls that wait already, where the actor could have allowed each of them. */
function settleEqual(
  plan: UserEventPlan,
  options: {
    open: Map<string, PendingApproval>;
    actor: EventActor;
    clock: Clock;
    mayAllow(approval: PendingApproval): boolean;
  },
): void {
  const { open, actor, clock, mayAllow } = options;
  for (const approval of open.values()) {
    const { eventId, rule, expiresAtMs } = approval;
    if (!plan.newRules.some((granted) => granted.rule === rule?.rule)) continue;
    if (expiresAtMs <= clock.now() || !mayAllow(approval)) continue;
    open.delete(eventId);
    plan.answered.push({ approval, answer: { result: 'allow', answers: undefined } });
    plan.derived.push(
      stampEvent(clock, {
        ...{ type: 'user.tool_confirmation', tool_use_id: eventId, result: 'allow', scope: 'session', actor },
      }),
    );
  }
}

function grantRule(
  plan: UserEventPlan,
  options: {
    rule: RuleSubject;
    eventId: string;
    known: Pick<ReadonlyMap<string, unknown>, 'has'>;
    actor: EventActor;
    clock: Clock;
  },
): void {
  const { known, actor, clock } = options;
  const isKnown = known.has(options.rule.rule) || plan.newRules.some(({ rule }) => rule === options.rule.rule);
  if (isKnown) return;
  const now = clock.now();
  const created_at = new Date(now).toISOString();
  const rule: SessionRule = { id: createId('rule', now), ...options.rule, created_at, granted_by: actor };
  plan.newRules.push(rule);
  plan.derived.push(stampEvent(clock, { type: 'session.rule_granted', rule, event_id: options.eventId }));
}

function toStatus(options: {
  plan: UserEventPlan;
  waiting: readonly PendingApproval[];
  isRunning: boolean;
  clock: Clock;
}): SessionEvent[] {
  const { plan, waiting, isRunning, clock } = options;
  if (plan.answered.length > 0) {
    return [
      waiting.length > 0 ? toWaitingStatus(clock, waiting) : stampEvent(clock, { type: 'session.status_running' }),
    ];
  }
  // An interrupt always ends in idle, even when nothing ran.
  if (plan.interrupts && !isRunning) {
    return [stampEvent(clock, { type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null })];
  }
  return [];
}
