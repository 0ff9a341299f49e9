import type { ListedEvent, UserMessageEvent, UserToolConfirmationEvent } from '@claude-sdk-pattern/protocol';

import { toContentUrl } from './sent-file.ts';
import { toMillis, without } from './event-values.ts';
import { applyToolResult } from './reduce-agent-events.ts';
import type { Attachment, MediaBlock, ToolItem, UserItem } from './items.ts';
import { noteWaiting, replaceItem, type SessionDraft } from './session-draft.ts';

/** Folds people's events. A message waits until a turn takes it; a confirmation answers a tool call. */
export function reduceUserEvent(draft: SessionDraft, event: ListedEvent): void {
  switch (event.type) {
    case 'user.message':
      draft.items.set(event.id, toUserItem(event, event.seq));
      draft.waitingIds = [...draft.waitingIds, event.id];
      return;
    case 'user.custom_tool_result':
      applyToolResult(draft, event.custom_tool_use_id, event);
      return;
    case 'user.tool_confirmation':
      applyConfirmation(draft, event);
      return;
    default:
      return;
  }
}

function toUserItem(event: UserMessageEvent, seq: number): UserItem {
  const text: string[] = [];
  const attachments: Attachment[] = [];
  for (const block of event.content) {
    if (block.type === 'text') text.push(block.text);
    else if (block.type === 'image' || block.type === 'document') attachments.push(toAttachment(block));
  }
  return {
    kind: 'user',
    id: event.id,
    seq,
    at: toMillis(event.processed_at),
    threadId: null,
    text: text.join('\n\n'),
    attachments,
    actor: event.actor ?? null,
  };
}

function toAttachment(sent: SentBlock): Attachment {
  const block = sent as MediaBlock;
  const title = (block.type === 'document' ? block.title : null) ?? (block.type === 'image' ? 'Image' : 'Document');
  const source = block.source;
  const shown = { kind: block.type, title, block } as const;
  if (source.type === 'url') return { ...shown, url: source.url, fileId: null };
  if (source.type === 'base64')
    return { ...shown, url: `data:${source.media_type};base64,${source.data}`, fileId: null };
  if (source.type === 'file') return { ...shown, url: toContentUrl(source.file_id), fileId: source.file_id };
  return { ...shown, url: null, fileId: null };
}

type SentBlock = Extract<UserMessageEvent['content'][number], { type: 'image' | 'document' }>;

/** An elicitation ends with its answer; a call that is allowed runs. */
function toAnswered(tool: ToolItem, event: UserToolConfirmationEvent): Partial<ToolItem> & Pick<ToolItem, 'status'> {
  if (event.result === 'deny') return { status: 'denied' };
  if (tool.elicitation === null) return { status: tool.endedAt === null ? 'running' : tool.status };
  const { content = {} } = event;
  const lines = tool.elicitation.fields.flatMap(({ name, title }) => {
    const value = Object.hasOwn(content, name) ? content[name] : undefined;
    return value === undefined ? [] : [`${title}: ${Array.isArray(value) ? value.join(', ') : String(value)}`];
  });
  return { status: 'done', endedAt: toMillis(event.processed_at), output: lines.join('\n') };
}

function applyConfirmation(draft: SessionDraft, event: UserToolConfirmationEvent): void {
  draft.pendingIds = without(draft.pendingIds, event.tool_use_id);
  noteWaiting(draft, toMillis(event.processed_at));
  const tool = draft.items.get(event.tool_use_id);
  if (tool?.kind !== 'tool') return;
  // A denied plan takes its to-do entries with it. If the agent continues with them, it lists them again.
  if (tool.name === 'ExitPlanMode' && event.result === 'deny') draft.todos = [];
  replaceItem(draft, {
    ...tool,
    ...toAnswered(tool, event),
    decision: {
      result: event.result,
      scope: event.scope ?? 'once',
      message: event.deny_message ?? null,
      answers: event.answers ?? null,
      actor: event.actor ?? null,
    },
  });
}
