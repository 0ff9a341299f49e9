import type {
  AgentCustomToolUseEvent,
  AgentMcpToolResultEvent,
  AgentMcpToolUseEvent,
  AgentToolResultEvent,
  AgentToolUseEvent,
  ListedEvent,
  UserCustomToolResultEvent,
  McpAppReference,
} from '@claude-sdk-pattern/protocol';
import { findHiddenTexts, hideTexts, maskSecrets, toFieldName } from '@claude-sdk-pattern/protocol/secret-mark';

import { toMillis, without } from './event-values.ts';
import type { McpApp, ToolImage, ToolItem, ToolStatus } from './items.ts';
import { appendItem, replaceItem, toWorkTime, type SessionDraft } from './session-draft.ts';

/** Folds the agent's events: text, thinking, tool calls and their results. */
export function reduceAgentEvent(draft: SessionDraft, event: ListedEvent): void {
  draft.retry = null;
  switch (event.type) {
    case 'agent.message': {
      const text = event.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n\n');
      if (text.trim() === '') return;
      appendItem(draft, { kind: 'text', ...stamp(event), text, streaming: false });
      return;
    }
    case 'agent.thinking':
      appendItem(draft, {
        kind: 'thinking',
        ...stamp(event),
        text: event.text ?? '',
        durationMs: event.duration_ms ?? null,
        streaming: false,
      });
      return;
    case 'agent.tool_use':
      applyToolUse(draft, event, event.seq, null);
      return;
    case 'agent.mcp_tool_use':
      applyToolUse(draft, event, event.seq, event.mcp_server_name);
      return;
    case 'agent.custom_tool_use':
      applyToolUse(draft, event, event.seq, null);
      return;
    case 'agent.tool_result':
      applyToolResult(draft, event.tool_use_id, event);
      return;
    case 'agent.mcp_tool_result':
      applyToolResult(draft, event.mcp_tool_use_id, event);
      return;
    case 'agent.thread_context_compacted':
      appendItem(draft, { kind: 'compacted', ...stamp(event), threadId: null });
      return;
    default:
      return;
  }
}

interface Stamped {
  id: string;
  seq: number;
  processed_at: string;
  session_thread_id?: string | null;
}

function stamp(event: Stamped): { id: string; seq: number; at: number; threadId: string | null } {
  return { id: event.id, seq: event.seq, at: toMillis(event.processed_at), threadId: event.session_thread_id ?? null };
}

function applyToolUse(
  draft: SessionDraft,
  event: AgentToolUseEvent | AgentMcpToolUseEvent | AgentCustomToolUseEvent,
  seq: number,
  server: string | null,
): void {
  appendItem(draft, {
    kind: 'tool',
    ...stamp({ ...event, seq }),
    name: event.name,
    server,
    plugin: 'plugin' in event ? (event.plugin ?? null) : null,
    ...(event.type === 'agent.custom_tool_use' && { custom: true }),
    ...toInput(event),
    elicitation: null,
    status: isDenied(event) ? 'denied' : 'running',
    output: null,
    images: [],
    structured: undefined,
    app: null,
    endedAt: null,
    workedFrom: toWorkTime(draft, toMillis(event.processed_at)),
    workedTo: null,
    approval: null,
    decision: null,
    deniedBy: 'denied_by' in event ? (event.denied_by ?? null) : null,
    cancelled: null,
    childThreadId: null,
  });
  draft.openToolIds = [...draft.openToolIds, event.id];
}

function isDenied(event: AgentToolUseEvent | AgentMcpToolUseEvent | AgentCustomToolUseEvent): boolean {
  return event.type !== 'agent.custom_tool_use' && event.evaluated_permission === 'deny';
}

/** The server has put masks into the input already, or leaves it to its clients to show them. */
function toInput({
  input,
  secrets = [],
  secrets_masked: masked,
}: AgentToolUseEvent | AgentMcpToolUseEvent | AgentCustomToolUseEvent): Pick<ToolItem, 'input' | 'secrets'> {
  if (secrets.length === 0) return { input, secrets: null };
  const told = new Map(
    secrets.map((mark) => {
      const { kind } = mark;
      const field = toFieldName(mark);
      return [`${kind} ${field}`, { kind, field }];
    }),
  );
  const places = [...told.values()];
  if (masked === true) return { input, secrets: { places, original: null, hidden: [] } };
  const hidden = findHiddenTexts(input, secrets);
  return { input: maskSecrets(input, secrets), secrets: { places, original: input, hidden } };
}

export function applyToolResult(
  draft: SessionDraft,
  toolUseId: string,
  event: AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent,
): void {
  draft.openToolIds = without(draft.openToolIds, toolUseId);
  const tool = draft.items.get(toolUseId);
  if (tool?.kind !== 'tool') return;
  const text: string[] = [];
  const images: ToolImage[] = [];
  for (const block of event.content ?? []) {
    if (block.type === 'text') text.push(block.text);
    else if (block.type === 'search_result') text.push(`${block.title}\n${block.source}`);
    else if (block.type === 'document') text.push(toDocumentText(block));
    else if (block.type === 'image' && block.source.type === 'base64') {
      images.push({ mediaType: block.source.media_type, data: block.source.data });
    }
  }
  // Only the input is shown without masks, to those who decide.
  const hidden = tool.secrets === null ? [] : tool.secrets.hidden;
  const hide = <T>(value: T) => (hidden === undefined ? undefined : hideTexts(value, hidden));
  const output = text.join('\n');
  const isGivenUp = event.type === 'user.custom_tool_result' && event.cut_off === true;
  const refusedBy = 'denied_by' in event ? (event.denied_by ?? null) : null;
  const isRefused = refusedBy !== null;
  const status = isGivenUp
    ? 'stopped'
    : isRefused
      ? 'denied'
      : toEndStatus(draft, tool, event.is_error === true, output);
  // The result of a call that was not made is Claude Code's text for the model, and is not shown to people.
  const isInternal = status === 'notRun' || status === 'stopped' || tool.decision?.result === 'deny';
  replaceItem(draft, {
    ...tool,
    status,
    ...(isRefused && { deniedBy: refusedBy }),
    output: isInternal ? null : (hide(output) ?? null),
    images,
    structured: 'structured' in event ? hide(event.structured) : undefined,
    app: isInternal || !('mcp_app' in event) || event.mcp_app === undefined ? null : toApp(hide(event.mcp_app)),
    endedAt: toMillis(event.processed_at),
    workedTo: toWorkTime(draft, toMillis(event.processed_at)),
  });
}

type DocumentBlock = Extract<NonNullable<UserCustomToolResultEvent['content']>[number], { type: 'document' }>;

function toDocumentText({ source, title }: DocumentBlock): string {
  const head = title == null ? [] : [title];
  return [...head, ...(source.type === 'text' ? [source.data] : [])].join('\n');
}

function toApp(app: McpAppReference | undefined): McpApp | null {
  if (app === undefined) return null;
  return {
    digest: app.digest ?? null,
    problem: app.problem ?? null,
    structuredContent: app.structured_content,
    resultMeta: app.result_meta,
    isCut: app.is_cut === true,
    origins: app.origins ?? [],
  };
}

/**
 * How Claude Code begins the result of a call that was never made. Many calls that ran and were then stopped have the
 * same text.
 */
const NOT_MADE = "The user doesn't want to proceed with this tool use";
const CUT_OFF = /^(?:The user doesn't want to take this action|\[Request interrupted by user)/;

function toEndStatus(draft: SessionDraft, tool: ToolItem, isError: boolean, output: string): ToolStatus {
  if (tool.status === 'denied' || tool.decision?.result === 'deny') return 'denied';
  if (!isError) return 'done';
  if (tool.cancelled !== null) return 'notRun';
  if (output.startsWith(NOT_MADE)) return wasBehindAsked(draft, tool) ? 'notRun' : 'stopped';
  return CUT_OFF.test(output) ? 'stopped' : 'failed';
}

/**
 * Whether an earlier call of the same step was never answered. Calls run in the agent's order, so this call did not
 * run.
 */
function wasBehindAsked(draft: SessionDraft, tool: ToolItem): boolean {
  if (tool.childThreadId !== null) return false;
  const { threadId } = tool;
  const neighbours = threadId === null ? draft.turns.at(-1)?.itemIds : draft.threads.get(threadId)?.itemIds;
  return (neighbours ?? []).some((id) => {
    const item = draft.items.get(id);
    if (item?.kind !== 'tool' || item.threadId !== threadId || item.seq >= tool.seq) return false;
    return item.status === 'asking' || item.cancelled === 'interrupted';
  });
}
