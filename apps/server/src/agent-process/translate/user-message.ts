import type { SDKUserMessage, SDKUserMessageReplay } from '@anthropic-ai/claude-agent-sdk';
import {
  hideTexts,
  type AgentMcpToolResultEvent,
  type AgentToolResultEvent,
  type HiddenText,
  type UserCustomToolResultEvent,
  type McpAppReference,
} from '@claude-sdk-pattern/protocol';

import { RESOURCE_TOOL } from '../../definitions/mcp-tool-name.ts';
import type { Denial } from '../../permissions/tool-decisions.ts';
import { noteChangedFile } from './changed-files.ts';
import { toGoesOn } from './cut-answer.ts';
import { toHookDenial } from './hook-denial.ts';
import { foldTodos } from './todos.ts';
import { stamp, toEvent, toSignal, type Translation, type TranslationContext } from './translation.ts';
import type { KnownToolUse, TranslationState } from './translation-state.ts';

type ResultContent = NonNullable<AgentToolResultEvent['content']>;
type ResultEvent = AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent;
type Content = Exclude<SDKUserMessage['message']['content'], string>[number];
type ToolResultBlock = Extract<Content, { type: 'tool_result' }>;

/** How the CLI's message begins when an answer lacks the required structure (2.1.332). */
const STRUCTURE_OWED = '[structured-output-enforce]';

/**
 * User messages of the CLI carry tool results. Their other texts come from the CLI and are not messages of a person.
 * Of these, only the one that tells the model to continue a cut answer is reported, as a notice.
 */
export function translateUserMessage(
  state: TranslationState,
  message: SDKUserMessage | SDKUserMessageReplay,
  context: TranslationContext,
): Translation {
  const { content } = message.message;
  if (typeof content === 'string') return { state, outputs: [] };
  const outputs: Translation['outputs'] = [];
  let next = state;
  if (message.isSynthetic === true && message.parent_tool_use_id === null) {
    if (next.cut !== null) outputs.push(toGoesOn(next.cut, context));
    const owesStructure = content.some((block) => block.type === 'text' && block.text.startsWith(STRUCTURE_OWED));
    next = { ...next, cut: null, owesStructure: next.owesStructure || owesStructure };
  }
  for (const block of content) {
    if (block.type !== 'tool_result') continue;
    const known = next.toolUses.get(block.tool_use_id);
    if (known === undefined) continue;
    outputs.push(toSignal({ type: 'tool_done', toolUseId: block.tool_use_id }));
    const toolUses = new Map(next.toolUses);
    toolUses.delete(block.tool_use_id);
    next = { ...next, toolUses };
    // The journal has what its program sent, and what the agent got is the same.
    if (known.event.type === 'agent.custom_tool_use' && context.isAnswered(block.tool_use_id)) continue;
    const event = toResultEvent(block, message.tool_use_result, { known, context });
    // Results follow the end of their request, even when the tool was faster than the stream.
    if (next.request !== null && known.event.session_thread_id == null) {
      next = { ...next, request: { ...next.request, heldResults: [...next.request.heldResults, event] } };
    } else {
      outputs.push(toEvent(event));
    }
    if (event.is_error === true) continue;
    if (known.event.name === 'ExitPlanMode') outputs.push(toSignal({ type: 'plan_mode', active: false }));
    if (known.event.name === 'EnterPlanMode') outputs.push(toSignal({ type: 'plan_mode', active: true }));
    next = noteChangedFile(next, known.event, context.workspaceDir);
    const todos = foldTodos(next, known.event, message.tool_use_result, context);
    next = todos.state;
    outputs.push(...todos.outputs);
  }
  return { state: next, outputs };
}

function toResultEvent(
  block: ToolResultBlock,
  structured: unknown,
  options: { known: KnownToolUse; context: TranslationContext },
): ResultEvent {
  const { context } = options;
  const { event: known, hidden } = options.known;
  const kept = context.takeKeptResult(block.tool_use_id);
  const denied = kept === undefined ? findHookDenial(block, known, context) : undefined;
  const content = kept?.content ?? denied?.content ?? toResultContent(block.content);
  const common = {
    ...stamp(context),
    ...(known.session_thread_id != null && { session_thread_id: known.session_thread_id }),
    // Tools repeat their input: Edit and Write the texts, commands what they print.
    content: hidden === undefined ? NOT_SHOWN : content.map((each) => hideInText(each, hidden)),
    is_error: block.is_error ?? false,
    ...(denied?.source && known.type !== 'agent.custom_tool_use' && { denied_by: denied.source }),
    // Of a resource it repeats the whole content.
    ...(isStructured(structured) &&
      known.name !== RESOURCE_TOOL &&
      hidden !== undefined && { structured: hideTexts(withoutWholeFile(structured), hidden) }),
  };
  // Nobody sent it: the call was stopped or denied.
  if (known.type === 'agent.custom_tool_use')
    return { ...common, type: 'user.custom_tool_result', custom_tool_use_id: known.id, is_error: true, cut_off: true };
  return known.type === 'agent.mcp_tool_use'
    ? { ...common, type: 'agent.mcp_tool_result', mcp_tool_use_id: known.id, ...toApp(kept?.app, hidden) }
    : { ...common, type: 'agent.tool_result', tool_use_id: known.id };
}

const NOT_SHOWN: ResultContent = [{ type: 'text', text: '[hidden: the call holds too many secrets]' }];

function hideInText(block: ResultContent[number], hidden: readonly HiddenText[]): ResultContent[number] {
  return block.type === 'text' ? { ...block, text: hideTexts(block.text, hidden) } : block;
}

/** That a hook denied the call; the content is its reason alone. */
function findHookDenial(
  block: ToolResultBlock,
  known: KnownToolUse['event'],
  context: TranslationContext,
): (Omit<Denial, 'reason'> & { content: ResultContent }) | undefined {
  const content = toResultContent(block.content);
  const [only] = content;
  if (block.is_error !== true || content.length !== 1 || only?.type !== 'text') return undefined;
  const denial = toHookDenial(only.text, {
    said: context.findDenial(block.tool_use_id),
    // What a server answers may look the same, so that only the text is made plain.
    isTrusted: known.type === 'agent.tool_use',
    findPlugin: context.findHookPlugin,
  });
  return (
    denial && { content: [{ type: 'text', text: denial.reason }], ...(denial.source && { source: denial.source }) }
  );
}

function toResultContent(content: ToolResultBlock['content']): ResultContent {
  if (content === undefined) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.flatMap((block): ResultContent => {
    if (block.type === 'text') return [{ type: 'text', text: block.text }];
    if (block.type === 'image' && block.source.type === 'base64') {
      return [
        { type: 'image', source: { type: 'base64', media_type: block.source.media_type, data: block.source.data } },
      ];
    }
    if (block.type === 'image' && block.source.type === 'url') {
      return [{ type: 'image', source: { type: 'url', url: block.source.url } }];
    }
    // A tool that a search has found.
    if (block.type === 'tool_reference') return [{ type: 'text', text: block.tool_name }];
    return [{ type: 'text', text: `[${block.type}]` }];
  });
}

/** Without what the call has to hide. An app of a call that shows nothing shows nothing either. */
function toApp(
  app: McpAppReference | undefined,
  hidden: readonly HiddenText[] | undefined,
): Pick<AgentMcpToolResultEvent, 'mcp_app'> {
  return app === undefined || hidden === undefined ? {} : { mcp_app: hideTexts(app, hidden) };
}

function isStructured(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Edit and Write repeat the whole file from before. The patch has the same information in less space. */
function withoutWholeFile(structured: Record<string, unknown>): Record<string, unknown> {
  const { originalFile: _, ...rest } = structured;
  return rest;
}
