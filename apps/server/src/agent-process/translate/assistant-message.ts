import type { ToolCallBlock } from '../../permissions/tool-call-block.ts';
import type { SDKAssistantMessage, SDKAssistantMessageError } from '@anthropic-ai/claude-agent-sdk';
import { maskSecrets, toHidden, type AgentToolUseEvent, type SessionEvent } from '@claude-sdk-pattern/protocol';

import { isToolUse as isCall } from '../../journal/tool-call-events.ts';
import { toMcpDisplayName } from '../../definitions/mcp-tool-name.ts';
import { describeCut } from './cut-answer.ts';
import { isKeyRefused, toErrorEvent, toKeyRefusal } from './error-event.ts';
import { findHiddenInResult } from './hidden-in-result.ts';
import { closeRequest } from './model-request.ts';
import { findRefusal, type Refusal } from './refusal.ts';
import {
  stamp,
  toEvent,
  toSignal,
  type CallDecision,
  type Translation,
  type TranslationContext,
} from './translation.ts';
import type { OpenBlock, TranslationState } from './translation-state.ts';

type Block = SDKAssistantMessage['message']['content'][number];

/**
 * A complete block of a model message becomes its durable event, under the id of its preview. The CLI sends one
 * message for each block (SDK 0.3.332); several blocks in one message work as well.
 */
export function translateAssistantMessage(
  state: TranslationState,
  message: SDKAssistantMessage,
  context: TranslationContext,
): Translation {
  const refusal = findRefusal(message);
  if (message.error !== undefined && refusal !== undefined)
    return translateRefusal(state, message, { refusal, context });
  if (message.error !== undefined) return translateFailure(state, message, context);
  const threadId = findThread(state, message.parent_tool_use_id);
  const outputs: Translation['outputs'] = [];
  let next = state;
  for (const block of message.message.content) {
    const open =
      threadId === null ? takeBlock(next, message.message.id, block.type) : { state: next, block: undefined };
    next = open.state;
    const isAborted = message.aborted === true;
    const event = toBlockEvent(block, { open: open.block, threadId, context, isAborted });
    if (event === undefined) continue;
    outputs.push(toEvent(event));
    if (!isToolUse(block) || !isCall(event)) continue;
    const call = toCall(block);
    const hidden = findHiddenInResult(event, call.input);
    next = { ...next, toolUses: new Map(next.toolUses).set(block.id, { event, toolUseId: block.id, hidden }) };
    outputs.push(toSignal({ type: 'tool_use', call, event }));
  }
  return { state: next, outputs };
}

/** How the sentences of the model gateway about keys begin. */
const KEY_PROBLEM = /(?:The model API refuses|There is no key for the model API) .*/s;
/** Advice of the CLI when its model is not at Anthropic's address (2.1.332). People here cannot check the gateway. */
const GATEWAY_ADVICE = / If it persists, check your inference gateway \([^)]*\)\.?/;

/**
 * A refusal is reported at the end of the turn, or of the subagent's thread; the CLI's text about it becomes a
 * notice.
 */
function translateRefusal(
  state: TranslationState,
  message: SDKAssistantMessage,
  { refusal, context }: { refusal: Refusal; context: TranslationContext },
): Translation {
  const parent = message.parent_tool_use_id;
  if (parent !== null) {
    const thread = state.threads.get(parent);
    if (thread === undefined) return { state, outputs: [] };
    return { state: { ...state, threads: new Map(state.threads).set(parent, { ...thread, refusal }) }, outputs: [] };
  }
  const closed = closeRequest(state, context, { isError: true });
  const text = toText(message).replace(/^API Error: /, '');
  const notice = toEvent({ ...stamp(context), type: 'session.notice', level: 'warning', text });
  return { state: { ...closed.state, refusal }, outputs: [...closed.outputs, ...(text === '' ? [] : [notice])] };
}

function toText({ message }: SDKAssistantMessage): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** An answer that the CLI made to report a failed request is an error, not a message of the agent. */
function translateFailure(
  state: TranslationState,
  message: SDKAssistantMessage,
  context: TranslationContext,
): Translation {
  const closed = closeRequest(state, context, { isError: true });
  const status = findStatus(message);
  const event = toErrorEvent(toErrorOf(state, message.error ?? 'unknown', status), {
    message: toFailureMessage(state, message, status),
    retryStatus: 'exhausted',
    statusCode: status,
    context,
  });
  return { state: closed.state, outputs: [...closed.outputs, toEvent(event)] };
}

/** The CLI's text is for the person who installed it. Where people here can do something else, it is replaced. */
function toFailureMessage(state: TranslationState, message: SDKAssistantMessage, status: number | null): string {
  // What the model gateway says of the key stands behind words of the CLI.
  if (isKeyRefused(status)) return KEY_PROBLEM.exec(toText(message))?.[0] ?? toKeyRefusal(status);
  const isOwn = message.parent_tool_use_id === null;
  if (isOwn && message.error === 'max_output_tokens' && state.cut !== null) return describeCut(state.cut);
  return toText(message).replace(GATEWAY_ADVICE, '');
}

/** The status of the upstream's last answer, which CLI 2.1.332 states beside what SDK 0.3.332 types. */
function findStatus(message: SDKAssistantMessage): number | null {
  const status = 'api_error_status' in message ? message.api_error_status : null;
  return typeof status === 'number' ? status : null;
}

/**
 * The CLI reports every error of the upstream as a server error, and one in the middle of a stream as unknown
 * (2.1.332). The status is more precise.
 */
function toErrorOf(
  state: TranslationState,
  error: SDKAssistantMessageError,
  status: number | null,
): SDKAssistantMessageError {
  if (error !== 'server_error' && error !== 'unknown') return error;
  if (status === 529) return 'overloaded';
  return error === 'server_error' ? (state.retriedError ?? error) : error;
}

function findThread(state: TranslationState, parentToolUseId: string | null): string | null {
  if (parentToolUseId === null) return null;
  return state.threads.get(parentToolUseId)?.threadId ?? parentToolUseId;
}

/** Removes the first open block of this type from the streamed message, so that preview and event have the same id. */
function takeBlock(
  state: TranslationState,
  messageId: string,
  type: string,
): { state: TranslationState; block: OpenBlock | undefined } {
  const { request } = state;
  if (request === null || request.messageId !== messageId) return { state, block: undefined };
  const index = request.blocks.findIndex((block) => block?.type === type);
  const block = request.blocks[index];
  if (block === undefined) return { state, block: undefined };
  // The block stays in the list, because deltas find blocks by their index.
  const blocks = request.blocks.map((each, i) => (i === index ? { ...each, type: 'taken' } : each));
  return { state: { ...state, request: { ...request, blocks } }, block };
}

function toBlockEvent(
  block: Block,
  options: {
    open: OpenBlock | undefined;
    threadId: string | null;
    context: TranslationContext;
    /** The turn was interrupted before the block was whole. */
    isAborted: boolean;
  },
): SessionEvent | undefined {
  const { open, threadId, context, isAborted } = options;
  const stamped = { ...stamp(context), ...(open && { id: open.eventId }) };
  const thread = threadId === null ? {} : { session_thread_id: threadId };
  const cut = isAborted ? ({ cut_off: true } as const) : {};
  switch (block.type) {
    case 'text':
      if (block.text === '') return undefined;
      return { ...stamped, ...thread, ...cut, type: 'agent.message', content: [{ type: 'text', text: block.text }] };
    case 'thinking': {
      const duration = open === undefined ? {} : { duration_ms: Math.max(0, context.nowMs - open.startedAtMs) };
      return { ...stamped, ...thread, ...duration, ...cut, type: 'agent.thinking', text: block.thinking };
    }
    case 'redacted_thinking':
      return { ...stamped, ...thread, type: 'agent.thinking' };
    case 'tool_use':
    case 'server_tool_use': {
      const call = toCall(block);
      const { permission: evaluated_permission, secrets, source } = context.decide(call);
      const shown = { ...stamped, ...thread, ...toShownInput(call.input, secrets) };
      const custom = context.findCustomTool(block.name);
      // A program that sees the event runs the tool, so a call that is denied is not shown as one of its own.
      if (custom !== undefined && evaluated_permission !== 'deny')
        return { ...shown, name: custom, type: 'agent.custom_tool_use' };
      const plugin = context.findPlugin(call);
      const common = {
        ...{ ...shown, evaluated_permission },
        ...(evaluated_permission === 'deny' && source !== undefined && { denied_by: source }),
        ...(plugin && { plugin }),
      };
      const mcp = context.findMcpTool(block.name);
      return mcp === undefined
        ? { ...common, name: custom ?? block.name, type: 'agent.tool_use' }
        : { ...common, name: toMcpDisplayName(mcp), type: 'agent.mcp_tool_use', mcp_server_name: mcp.server };
    }
    default:
      return undefined;
  }
}

function toShownInput(
  input: Record<string, unknown>,
  secrets: CallDecision['secrets'],
): Pick<AgentToolUseEvent, 'input' | 'secrets' | 'secrets_masked'> {
  if (secrets === undefined) return { input };
  const marks = [...secrets.marks];
  if (!secrets.areMasked) return { input, secrets: marks };
  return { input: maskSecrets(input, marks.map(toHidden)), secrets: marks, secrets_masked: true };
}

type ToolUseBlock = Extract<Block, { type: 'tool_use' | 'server_tool_use' }>;

function toCall({ id, name, input }: ToolUseBlock): ToolCallBlock & { input: Record<string, unknown> } {
  return { toolUseId: id, toolName: name, input: toRecord(input) };
}

function isToolUse(block: Block): block is ToolUseBlock {
  return block.type === 'tool_use' || block.type === 'server_tool_use';
}

/** A model may send any JSON as input; events promise an object. */
function toRecord(input: unknown): Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : { value: input };
}
