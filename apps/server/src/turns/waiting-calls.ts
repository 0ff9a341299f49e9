import { isDeepStrictEqual } from 'node:util';

import type { CustomToolResultParams, SessionEvent } from '@claude-sdk-pattern/protocol';

import { toDigestOf } from '../audit/canonical-json.ts';
import { findLastCalls, planResumption, type CallResumption } from '../agent-process/resume-calls.ts';
import { isToolUse, toEndedCall, type ToolUseEvent } from '../journal/tool-call-events.ts';
import { EXPIRED, toAnswer, type ApprovalAnswer, type StoredApproval } from '../permissions/pending-approvals.ts';
import type { Approval } from '../store/approvals.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

/** A call that waits for people or a program, or was answered, and that no process has. */
export interface WaitingCall extends StoredApproval {
  event: ToolUseEvent;
  /** Undefined while it waits. */
  answer: ApprovalAnswer | undefined;
}

export interface WaitingCalls {
  calls: readonly WaitingCall[];
  /** Whether the journal says already that the session has no process. */
  isTold: boolean;
  /** Whether the turn has no other call without a result. */
  areAll: boolean;
}

/** More events than a turn has around its last calls. */
const MAX_EVENTS = 400;
/** Journals of older servers do not say what decided. */
const UNTOLD = { layer: 'default', rule: null } as const;
const TYPES: SessionEvent['type'][] = [
  'session.turn_started',
  'agent.tool_use',
  'agent.tool_result',
  'agent.mcp_tool_use',
  'agent.mcp_tool_result',
  'agent.custom_tool_use',
  'user.custom_tool_result',
  'user.tool_confirmation',
  'session.approval_requested',
  'session.approval_cancelled',
  'session.process_starting',
  'session.process_ready',
  'session.process_hibernated',
];

/**
 * The calls of the session's open turn that can go on in a new process: all that wait, those that were answered while there
 * was no process, and those of custom tools whose result the agent may lack: its program has run, so that to give the result
 * again does nothing twice. Undefined where there are none, or where one of them cannot go on: it is a subagent's, which is
 * gone with its process, or the transcript lacks it.
 */
export async function findWaitingCalls(
  store: Pick<Store, 'events' | 'approvals' | 'transcripts'>,
  session: Pick<Session, 'id' | 'agentSessionId' | 'stopReason'>,
): Promise<WaitingCalls | undefined> {
  const pending = await store.approvals.listPending({ sessionId: session.id });
  if (pending.length > 0 && session.stopReason?.type !== 'requires_action') return undefined;
  const newestFirst = await store.events.list(session.id, { types: TYPES, order: 'desc', limit: MAX_EVENTS });
  const start = newestFirst.findIndex(({ type }) => type === 'session.turn_started');
  const events = (start < 0 ? newestFirst : newestFirst.slice(0, start)).map(({ body }) => body).toReversed();
  const processAt = events.findLastIndex(({ type }) => type.startsWith('session.process_'));
  const isTold = events[processAt]?.type === 'session.process_hibernated';
  const answers = new Map((isTold ? events.slice(processAt) : []).flatMap((event) => toAnswerOf(event)));
  const results = new Map(events.flatMap((event) => toResultOf(event)));
  if (pending.length === 0 && results.size === 0) return undefined;
  const entries = (await store.transcripts.load({ sessionId: session.agentSessionId })) ?? [];
  const last = findLastCalls(entries);
  const find = async (ids: Iterable<string>) => {
    const found = await Promise.all([...ids].map((id) => store.approvals.find(id)));
    return found.filter((approval) => approval !== undefined);
  };
  const given = (await find(results.keys())).filter(({ toolUseId }) => last.has(toolUseId));
  const approvals = [...(await find(answers.keys())), ...given, ...pending];
  if (approvals.length === 0) return undefined;
  const plan = planResumption(entries, new Set(approvals.map(({ toolUseId }) => toolUseId)));
  if (plan === undefined) return undefined;
  const calls = approvals.flatMap((approval): WaitingCall[] => {
    const event = events.find((each): each is ToolUseEvent => each.id === approval.id && isToolUse(each));
    const made = plan.calls.find(({ id }) => id === approval.toolUseId);
    const asked = events.findLast(
      (each) => each.type === 'session.approval_requested' && each.event_id === approval.id,
    );
    if (event === undefined || made === undefined || !isAsked(approval, made.input) || event.session_thread_id != null)
      return [];
    const told = asked?.type === 'session.approval_requested' ? asked : undefined;
    const { reason = null, rule = null, asked_by: source = UNTOLD } = told ?? {};
    const answer = results.get(approval.id) ?? answers.get(approval.id);
    const { input, name: toolName } = made;
    return [{ approval, event, toolName, input, reason: reason ?? '', rule, source, answer }];
  });
  if (calls.length < approvals.length) return undefined;
  const ended = new Set(events.map(toEndedCall));
  const kept = new Set(calls.map(({ event }) => event.id));
  return {
    calls,
    isTold,
    areAll: events.every((each) => !isToolUse(each) || kept.has(each.id) || ended.has(each.id)),
  };
}

/** Whether this is the input that people were asked about, byte for byte, also where they were shown masks. */
function isAsked(approval: Approval, input: Readonly<Record<string, unknown>>): boolean {
  const { inputSha256 } = approval;
  return inputSha256 === null ? isDeepStrictEqual(input, approval.input) : toDigestOf(input) === inputSha256;
}

function toAnswerOf(event: SessionEvent): (readonly [string, ApprovalAnswer])[] {
  if (event.type === 'user.tool_confirmation') return [[event.tool_use_id, toAnswer(event)]];
  const isExpired = event.type === 'session.approval_cancelled' && event.reason === 'expired';
  return isExpired ? [[event.event_id, EXPIRED]] : [];
}

/** How a process goes on with them. Undefined where the transcript has changed since. */
export async function planWaitingCalls(
  store: Pick<Store, 'transcripts'>,
  { agentSessionId }: Pick<Session, 'agentSessionId'>,
  approvals: readonly Pick<Approval, 'toolUseId'>[],
): Promise<CallResumption | undefined> {
  const entries = (await store.transcripts.load({ sessionId: agentSessionId })) ?? [];
  return planResumption(entries, new Set(approvals.map(({ toolUseId }) => toolUseId)));
}

/** What a program has sent, by the id of the call. */
function toResultOf(event: SessionEvent): (readonly [string, ApprovalAnswer])[] {
  if (event.type !== 'user.custom_tool_result' || event.cut_off === true) return [];
  const { content, is_error } = event;
  // The journal has what the client sent.
  const custom = { content: content as CustomToolResultParams['content'], is_error };
  return [[event.custom_tool_use_id, { result: 'allow', answers: undefined, custom }]];
}
