import type {
  BackgroundTask,
  DecisionSource,
  EventPlugin,
  PreviewEvent,
  SecretMark,
  SessionEvent,
} from '@claude-sdk-pattern/protocol';

import type { KeptResult } from '../mcp/kept-results.ts';
import type { McpTool } from '../../definitions/mcp-tool-name.ts';
import type { ToolUseEvent } from '../../journal/tool-call-events.ts';
import type { ToolCallBlock } from '../../permissions/tool-call-block.ts';
import type { Denial } from '../../permissions/tool-decisions.ts';
import type { Refusal } from './refusal.ts';
import type { TranslationState, TurnUsage } from './translation-state.ts';

/** What the event of a tool call says of its decision. */
export interface CallDecision {
  permission: 'allow' | 'ask' | 'deny';
  /** What decided. */
  source?: DecisionSource;
  /** Secrets in its input; `areMasked`: the event does not show them. */
  secrets?: { marks: readonly SecretMark[]; areMasked: boolean };
}

/** Dependencies of a translation, passed in so that it stays pure. */
export interface TranslationContext {
  newEventId(): string;
  newThreadId(): string;
  nowMs: number;
  /** The decision of the policy about a tool call that is about to be made. */
  decide(call: ToolCallBlock): CallDecision;
  /** Why the hooks of the session denied a call; undefined where they did not. */
  findDenial(toolUseId: string): Denial | undefined;
  /** The plugin that brings a command hook, by its command line where that is known; undefined where that is no plugin's. */
  findHookPlugin(command: string | undefined): { name: string; path: string } | undefined;
  /** The MCP server and tool of a name in the CLI, for people; undefined for other tools. */
  findMcpTool(toolName: string): McpTool | undefined;
  /** The plugin that a call belongs to; undefined where it is no plugin's. */
  findPlugin(call: { toolName: string; input: Readonly<Record<string, unknown>> }): EventPlugin | undefined;
  /** The own name of a custom tool by its name in the CLI; undefined for other tools. */
  findCustomTool(toolName: string): string | undefined;
  /** Whether the program of the client has answered the call, so that the journal has its result. */
  isAnswered(toolUseId: string): boolean;
  /** What people see of the result of an MCP tool and the CLI does not tell; only once. */
  takeKeptResult(toolUseId: string): KeptResult | undefined;
  /** A text of which a part is shown, without the secrets of the session. Events are masked as a whole afterwards. */
  mask(text: string): string;
  /** The workspace, so that changed files can be named relative to it. */
  workspaceDir: string;
}

/** Facts that the session needs besides events. */
export type TranslationSignal =
  | {
      type: 'turn_ended';
      outcome: 'completed' | 'failed';
      costUsd: number;
      usage: TurnUsage;
      changedFiles: readonly string[];
      /** Why the model refused, if that is why the turn failed. */
      refusal: Refusal | null;
      /** The agent was told of a task that has ended, and of no message. */
      isOfTask: boolean;
    }
  /** A task beside the conversation has ended by itself, and the CLI tells the agent. */
  | { type: 'task_reported'; task: BackgroundTask; isOfSubagent: boolean }
  | { type: 'tool_use'; call: ToolCallBlock; event: ToolUseEvent }
  /** The call has a result: it ran, or was refused or abandoned. */
  | { type: 'tool_done'; toolUseId: string }
  /** The model refuses, and a retry does not help: the turn should be stopped. */
  | { type: 'give_up' }
  | { type: 'plan_mode'; active: boolean }
  | { type: 'transcript_lost'; message: string }
  | { type: 'unknown_message' | 'unusable_message'; messageType: string };

/** Outputs in the order in which they must be published. */
export type TranslationOutput =
  | { kind: 'event'; event: SessionEvent }
  | { kind: 'preview'; event: PreviewEvent }
  | { kind: 'signal'; signal: TranslationSignal };

export interface Translation {
  state: TranslationState;
  outputs: TranslationOutput[];
}

export const toEvent = (event: SessionEvent): TranslationOutput => ({ kind: 'event', event });
export const toPreview = (event: PreviewEvent): TranslationOutput => ({ kind: 'preview', event });
export const toSignal = (signal: TranslationSignal): TranslationOutput => ({ kind: 'signal', signal });

/** Id and time of a new event. */
export function stamp(context: Pick<TranslationContext, 'newEventId' | 'nowMs'>): { id: string; processed_at: string } {
  return { id: context.newEventId(), processed_at: new Date(context.nowMs).toISOString() };
}
