import type { SDKAssistantMessageError } from '@anthropic-ai/claude-agent-sdk';
import type {
  AgentMcpToolResultEvent,
  AgentToolResultEvent,
  BackgroundTask,
  HiddenText,
  UserCustomToolResultEvent,
} from '@claude-sdk-pattern/protocol';

import type { ToolUseEvent } from '../../journal/tool-call-events.ts';
import type { Refusal } from './refusal.ts';

/** Why an answer ended early. */
export type Cut = 'max_tokens' | 'context_full' | 'paused' | 'broken';

/** A subagent, by the tool call that started it. */
export interface KnownThread {
  threadId: string;
  agentName: string;
  /** Why the model refused, if it did. */
  refusal?: Refusal;
}

/** A block of a streamed model message, from its `content_block_start` until its complete message has come. */
export interface OpenBlock {
  eventId: string;
  type: string;
  startedAtMs: number;
  /** The text streamed so far. */
  text: string;
}

export interface OpenRequest {
  startEventId: string;
  /** The API's id of the message, once its stream has begun. */
  messageId: string | null;
  /** Blocks in the order of their start; complete messages take them from the front. */
  blocks: readonly OpenBlock[];
  usage: RequestUsage;
  /** Results that came while the request was still open; they follow its end. */
  heldResults: readonly (AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent)[];
}

export interface RequestUsage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export const NO_USAGE: RequestUsage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

/** Of every model call of a turn, those of its subagents too. */
export interface TurnUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheCreationInputTokens: number;
}

/** State of a tool call between its use and its result. */
export interface KnownToolUse {
  event: ToolUseEvent;
  toolUseId: string;
  /** What its event hides, and its result has to hide as well; undefined where that is too much to search for. */
  hidden: readonly HiddenText[] | undefined;
}

/** A task of the CLI that has not ended, and whether it runs beside the conversation. */
export interface KnownTask {
  task: BackgroundTask;
  isBackground: boolean;
  /** Whether a subagent started it. */
  isOfSubagent?: boolean;
}

/** All that translation needs to remember between messages of one agent process. Replaced, never mutated. */
export interface TranslationState {
  request: OpenRequest | null;
  /** By the tool call's id inside the model's message. */
  toolUses: ReadonlyMap<string, KnownToolUse>;
  /** Threads of subagents, by the id of the tool call that started them. */
  threads: ReadonlyMap<string, KnownThread>;
  /** Tasks that have not ended, by the CLI's id, oldest first. */
  started: ReadonlyMap<string, KnownTask>;
  /** To-dos of tools that change one at a time, by id, in order. */
  tasks: ReadonlyMap<
    string,
    { content: string; status: 'pending' | 'in_progress' | 'completed'; active_form?: string }
  >;
  changedFiles: readonly string[];
  /** Cost and tokens of the process so far, as its last result stated them. */
  costUsd: number;
  usage: TurnUsage;
  /** Why a request of this turn was tried again last. */
  retriedError: SDKAssistantMessageError | null;
  /** Why the model refused in this turn, also on the second try. */
  refusal: Refusal | null;
  /** Why the newest answer is incomplete; null when it is complete or still streaming. */
  cut: Cut | null;
  /** Whether the agent was reminded to answer in the required structure and has not done so yet. */
  owesStructure: boolean;
}

export const INITIAL_STATE: TranslationState = {
  request: null,
  toolUses: new Map(),
  threads: new Map(),
  started: new Map(),
  tasks: new Map(),
  changedFiles: [],
  costUsd: 0,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
  retriedError: null,
  refusal: null,
  cut: null,
  owesStructure: false,
};
