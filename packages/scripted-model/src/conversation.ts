import type { MessageRequest, RequestBlock } from './message-request.ts';
import { toBlocks, toText } from './message-request.ts';
import { toSteeringTexts, toUserTexts } from './user-text.ts';

/** A tool call of the model, with its result once the client has sent one. */
export interface ToolCall {
  id: string;
  name: string;
  input: Readonly<Record<string, unknown>>;
  result?: { text: string; isError: boolean };
}

/** One answered model request of a turn. */
export interface AnsweredStep {
  text: string;
  toolCalls: readonly ToolCall[];
}

/**
 * A request, parsed as a conversation. Everything comes from the request, so that a session that resumes with a new
 * server continues where it was.
 */
export interface Conversation {
  /** The text of a person's last message; empty if there is none. */
  userText: string;
  /** The texts of all messages from people, oldest first. */
  userTexts: readonly string[];
  /** 1 for the first message of the conversation. */
  turn: number;
  /** How many model requests of this turn have been answered; 0 when the turn begins. */
  step: number;
  answeredSteps: readonly AnsweredStep[];
  /** The calls of the last answered step, with their results; empty at the start of a turn. */
  lastToolCalls: readonly ToolCall[];
  /** The calls of this turn. */
  toolCalls: readonly ToolCall[];
  /** The calls of the whole conversation. */
  allToolCalls: readonly ToolCall[];
  /** Whether the client offers a tool, loaded or deferred behind ToolSearch. */
  offersTool(name: string): boolean;
  /** All tools that are offered, those that are loaded first. */
  toolNames: readonly string[];
  isSubagent: boolean;
  model: string;
  /** From the CLI's environment section. */
  workingDirectory: string | undefined;
  /** The system prompt and every message except the model's own, including reminders and notes of the CLI. */
  contextText: string;
  /** The summary that replaces compacted turns. */
  summary: string | undefined;
  request: MessageRequest;
}

interface Reading {
  userTexts: string[];
  steps: { text: string; toolCalls: ToolCall[] }[];
  calls: Map<string, ToolCall>;
  isAnswering: boolean;
  summary: string | undefined;
}

/** Parses a request. `isSubagent` comes from the request's headers; the system prompt may also mark a subagent. */
export function toConversation(request: MessageRequest, isSubagent = false): Conversation {
  const reading: Reading = { userTexts: [], steps: [], calls: new Map(), isAnswering: false, summary: undefined };
  for (const message of request.messages) {
    if (message.role === 'assistant') readAssistant(toBlocks(message.content), reading);
    if (message.role === 'user') readUser(toBlocks(message.content), reading);
    if (message.role === 'system') toSteeringTexts(toText(message.content)).forEach((text) => beginTurn(text, reading));
  }
  const contextText = toContextText(request);
  const offered = new Set((request.tools ?? []).flatMap((tool) => tool.name ?? []));
  const deferred = toDeferredTools(contextText);
  return {
    userText: reading.userTexts.at(-1) ?? '',
    userTexts: reading.userTexts,
    turn: reading.userTexts.length,
    step: reading.steps.length,
    answeredSteps: reading.steps,
    lastToolCalls: reading.steps.at(-1)?.toolCalls ?? [],
    toolCalls: reading.steps.flatMap((step) => step.toolCalls),
    allToolCalls: [...reading.calls.values()],
    offersTool: (name) => offered.has(name) || deferred.has(name),
    toolNames: [...new Set([...offered, ...deferred])],
    isSubagent: isSubagent || toText(request.system).includes('cc_is_subagent=true'),
    model: request.model,
    workingDirectory: /Primary working directory: (.+)/.exec(contextText)?.[1]?.trim(),
    contextText,
    summary: reading.summary,
    request,
  };
}

function readAssistant(blocks: readonly RequestBlock[], reading: Reading): void {
  if (!reading.isAnswering) reading.steps.push({ text: '', toolCalls: [] });
  reading.isAnswering = true;
  const step = reading.steps.at(-1);
  if (step === undefined) return;
  for (const block of blocks) {
    if (block.type === 'text') step.text += block.text ?? '';
    if (block.type !== 'tool_use' || block.id === undefined) continue;
    const call: ToolCall = { id: block.id, name: block.name ?? '', input: toRecord(block.input) };
    step.toolCalls.push(call);
    reading.calls.set(call.id, call);
  }
}

function readUser(blocks: readonly RequestBlock[], reading: Reading): void {
  reading.isAnswering = false;
  for (const block of blocks) {
    if (block.type === 'tool_result') {
      const call = reading.calls.get(block.tool_use_id ?? '');
      if (call) call.result = { text: toText(block.content), isError: block.is_error === true };
    }
    if (block.type !== 'text') continue;
    if (block.text?.startsWith('This session is being continued')) reading.summary = block.text;
    toUserTexts(block.text ?? '').forEach((text) => beginTurn(text, reading));
  }
}

function beginTurn(text: string, reading: Reading): void {
  reading.userTexts.push(text);
  reading.steps = [];
  reading.isAnswering = false;
}

/** The CLI's description of the environment, wherever it is in the request. */
function toContextText(request: MessageRequest): string {
  const texts = [toText(request.system)];
  for (const message of request.messages) if (message.role !== 'assistant') texts.push(toText(message.content));
  return texts.join('\n');
}

function toDeferredTools(context: string): Set<string> {
  const lists = context.matchAll(/deferred tools are now available via ToolSearch[^\n]*\n((?:[\w-]+(?:\n|$))+)/g);
  return new Set([...lists].flatMap((list) => (list[1] ?? '').trim().split('\n')));
}

/** A text field of a tool call's input; empty if it is missing or not a text. */
export function toInputText(call: ToolCall | undefined, field: string): string {
  const value = call?.input[field];
  return typeof value === 'string' ? value : '';
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
