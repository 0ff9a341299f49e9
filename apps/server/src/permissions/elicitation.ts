import {
  CspError,
  findContentProblem,
  type ElicitationContent,
  type ElicitationField,
  type ElicitationRequestedEvent,
  type EventPlugin,
  type UserToolConfirmationParams,
} from '@claude-sdk-pattern/protocol';

import { stampEvent } from '../journal/stamp-event.ts';
import type { Clock } from '../lib/clock.ts';
import { EXPIRED, type ApprovalAnswer, type PendingApproval } from './pending-approvals.ts';

/** What an MCP server asks a person in the middle of a tool call. */
export type Elicitation = {
  /** Its name in the agent's definition. */
  server: string;
  message: string;
} & ({ mode: 'form'; fields: ElicitationField[] } | { mode: 'url'; url: string });

/** As the Model Context Protocol wants it. */
export type ElicitationAnswer =
  | { action: 'accept'; content?: ElicitationContent }
  | { action: 'decline' }
  | { action: 'cancel' };

export const CANCELLED: ElicitationAnswer = { action: 'cancel' };

/** Stands in place of a tool's name where approvals are listed. */
const NAME = 'Elicitation';
const SOURCE = { layer: 'default', rule: null } as const;

/**
 * A question that waits as a tool call does. It belongs to no call of the model: its own event is what is answered.
 * `fourEyes`: it comes from a call that a second person had to allow, so what they did not see is not for the first one.
 */
export function toElicitationApproval(
  clock: Clock,
  { server, message, ...asked }: Elicitation,
  {
    fourEyes,
    plugin,
    settle,
  }: { fourEyes: boolean; plugin: EventPlugin | undefined; settle: (answer: ApprovalAnswer) => void },
): PendingApproval & { elicitation: ElicitationRequestedEvent } {
  const event = stampEvent(clock, {
    ...{ type: 'session.elicitation_requested', mcp_server_name: server, message },
    ...asked,
    ...(plugin && { plugin }),
  }) as ElicitationRequestedEvent;
  return {
    ...{ kind: 'approval', eventId: event.id, toolUseId: event.id, toolName: NAME, settle },
    input: { server, message, ...asked },
    ...{ secrets: [], threadId: null, expiresAtMs: Infinity, rule: undefined, source: SOURCE },
    terms: fourEyes ? { fourEyes, expiresInSeconds: undefined } : undefined,
    ...{ fourEyes: null, handedOver: null, elicitation: event },
    reason: `The MCP server ${server} asks you`,
  };
}

export function toElicitationTitle({ mode, mcp_server_name: server }: ElicitationRequestedEvent): string {
  return mode === 'url' ? `Open a page for ${server}` : `Answer ${server}`;
}

/** Somebody's no is `decline`; where nobody decided, it is `cancel`. */
export function toElicitationAnswer(answer: ApprovalAnswer): ElicitationAnswer {
  if (answer.result === 'allow')
    return { action: 'accept', ...(answer.content !== undefined && { content: answer.content }) };
  if (answer === EXPIRED || answer.result === 'cancelled' || answer.dismissed === true) return CANCELLED;
  return { action: 'decline' };
}

/**
 * @throws CspError `invalid_request` for content that does not fit the form, with the field; also for content that nobody has
 * asked for.
 */
export function assertFitsForm(
  { elicitation, eventId }: Pick<PendingApproval, 'elicitation' | 'eventId'>,
  { result, content }: Pick<UserToolConfirmationParams, 'result' | 'content'>,
): void {
  if (result === 'deny' || elicitation?.mode !== 'form') {
    if (content === undefined) return;
    throw new CspError('invalid_request', `${eventId} takes no content: only an allowed form does`, {
      details: { field: 'content' },
    });
  }
  const wrong = findContentProblem(elicitation.fields ?? [], content ?? {});
  if (wrong === undefined) return;
  const { field, problem } = wrong;
  const message = `The field ${field} of ${eventId} does not fit: ${problem.code}. Send a content that fits its form`;
  throw new CspError('invalid_request', message, { details: { field: `content.${field}`, problem } });
}

/**
 * Refuses answers to questions that the call does not ask: they would change the input of a tool after people have seen it.
 * @throws CspError `invalid_request`
 */
export function assertIsAsked(
  { toolName, eventId }: Pick<PendingApproval, 'toolName' | 'eventId'>,
  { answers }: Pick<UserToolConfirmationParams, 'answers'>,
): void {
  if (answers === undefined || toolName === 'AskUserQuestion') return;
  throw new CspError('invalid_request', `${eventId} takes no answers: only a call of AskUserQuestion does`, {
    details: { field: 'answers' },
  });
}
