import type { ListedEvent, RuleSubject } from '@claude-sdk-pattern/protocol';

import { toMillis, without } from './event-values.ts';
import { appendItem, noteWaiting, replaceItem, toWorkTime, type SessionDraft } from './session-draft.ts';

type EventOf<T extends ListedEvent['type']> = Extract<ListedEvent, { type: T }>;

/** Folds what people are asked: about tool calls, and by MCP servers. */
export function reduceApprovalEvent(
  draft: SessionDraft,
  event: EventOf<
    | 'session.elicitation_requested'
    | 'session.approval_requested'
    | 'session.approval_cancelled'
    | 'session.approval_handed_over'
    | 'session.approval_taken_back'
  >,
): void {
  switch (event.type) {
    case 'session.elicitation_requested':
      applyElicitation(draft, event);
      return;
    case 'session.approval_requested':
    case 'session.approval_cancelled':
      applyApproval(draft, event);
      return;
    case 'session.approval_handed_over':
    case 'session.approval_taken_back':
      applyHandOver(draft, event);
      return;
  }
}

/** It is shown where a call would be, and ends with its answer. */
function applyElicitation(draft: SessionDraft, event: EventOf<'session.elicitation_requested'>): void {
  const at = toMillis(event.processed_at);
  const { id, seq, message, fields = [], url = null } = event;
  appendItem(draft, {
    ...{ kind: 'tool', id, seq, at, threadId: null, workedFrom: toWorkTime(draft, at), workedTo: null, endedAt: null },
    ...{
      name: 'Elicitation',
      server: event.mcp_server_name,
      plugin: event.plugin ?? null,
      input: { message, ...(url !== null && { url }) },
    },
    ...{ secrets: null, status: 'running', output: null, images: [], structured: undefined, app: null, approval: null },
    ...{ decision: null, deniedBy: null, cancelled: null, childThreadId: null, elicitation: { message, fields, url } },
  });
}

function applyApproval(
  draft: SessionDraft,
  event: EventOf<'session.approval_requested'> | EventOf<'session.approval_cancelled'>,
): void {
  const tool = draft.items.get(event.event_id);
  if (event.type === 'session.approval_cancelled') {
    draft.pendingIds = without(draft.pendingIds, event.event_id);
    noteWaiting(draft, toMillis(event.processed_at));
    if (tool?.kind === 'tool') replaceItem(draft, { ...tool, status: 'notRun', cancelled: event.reason });
    return;
  }
  if (tool?.kind !== 'tool') return;
  replaceItem(draft, {
    ...tool,
    // A hook may ask about a call that somebody has allowed already; then its status names it again.
    decision: null,
    approval: {
      title: event.title,
      reason: event.reason,
      rule: event.rule ?? toSubject(event.session_rule),
      askedBy: event.asked_by ?? null,
      fourEyes: event.four_eyes ?? null,
      // A request is told again where its reason changes.
      handedOver: tool.approval?.handedOver ?? null,
      expiresAt: event.expires_at === undefined ? null : toMillis(event.expires_at),
    },
  });
}

function applyHandOver(
  draft: SessionDraft,
  event: EventOf<'session.approval_handed_over'> | EventOf<'session.approval_taken_back'>,
): void {
  const tool = draft.items.get(event.event_id);
  if (tool?.kind !== 'tool' || tool.approval === null) return;
  const { actor: by, processed_at: at } = event;
  const handedOver = event.type === 'session.approval_handed_over' ? { by, at, note: event.note } : null;
  replaceItem(draft, { ...tool, approval: { ...tool.approval, handedOver } });
}

/** For a server that sends a rule as one text and not in parts. */
function toSubject(rule: string | null): RuleSubject | null {
  return rule === null ? null : { rule, tool_name: rule, kind: 'tool', pattern: null, mcp_server_name: null };
}
