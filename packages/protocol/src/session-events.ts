import type {
  BetaManagedAgentsAgentCustomToolUseEvent,
  BetaManagedAgentsAgentMCPToolResultEvent,
  BetaManagedAgentsAgentMCPToolUseEvent,
  BetaManagedAgentsAgentMessageEvent,
  BetaManagedAgentsAgentThinkingEvent,
  BetaManagedAgentsAgentThreadContextCompactedEvent,
  BetaManagedAgentsAgentToolResultEvent,
  BetaManagedAgentsAgentToolUseEvent,
  BetaManagedAgentsSessionErrorEvent,
  BetaManagedAgentsSessionStatusIdleEvent,
  BetaManagedAgentsSessionStatusRescheduledEvent,
  BetaManagedAgentsSessionStatusRunningEvent,
  BetaManagedAgentsSessionStatusTerminatedEvent,
  BetaManagedAgentsSessionThreadCreatedEvent,
  BetaManagedAgentsSessionThreadStatusIdleEvent,
  BetaManagedAgentsSessionThreadStatusRunningEvent,
  BetaManagedAgentsSpanModelRequestEndEvent,
  BetaManagedAgentsSpanModelRequestStartEvent,
  BetaManagedAgentsUserCustomToolResultEvent,
  BetaManagedAgentsUserInterruptEvent,
  BetaManagedAgentsUserMessageEvent,
  BetaManagedAgentsUserToolConfirmationEvent,
} from '@anthropic-ai/sdk/resources/beta/sessions/events';
import type {
  BetaManagedAgentsDeltaEvent,
  BetaManagedAgentsSessionUpdatedEvent,
  BetaManagedAgentsSessionUsageEvent,
  BetaManagedAgentsStartEvent,
} from '@anthropic-ai/sdk/resources/beta/sessions/sessions';

import type { ElicitationContent } from './elicitation.ts';
import type { EventActor } from './event-actor.ts';
import type { EventPlugin } from './event-plugin.ts';
import type { ExtensionEvent } from './extension-events.ts';
import type { McpAppReference } from './mcp-app.ts';
import type { PermissionMode } from './permission-mode.ts';
import type { DecisionSource } from './policy.ts';
import type { SecretMark } from './secret-mark.ts';

/** The thread of a subagent; absent for the session's own agent. */
interface InThread {
  session_thread_id?: string | null;
}

export type UserMessageEvent = BetaManagedAgentsUserMessageEvent & { actor?: EventActor };
export type UserInterruptEvent = BetaManagedAgentsUserInterruptEvent & { actor?: EventActor };
export type UserToolConfirmationEvent = BetaManagedAgentsUserToolConfirmationEvent & {
  actor?: EventActor;
  scope?: 'once' | 'session';
  answers?: Record<string, string>;
  content?: ElicitationContent;
  dismissed?: true;
};

/** On what ended early: the model's stream broke, or the agent process ended. */
interface MayBeCutOff {
  cut_off?: true;
}

export type AgentMessageEvent = BetaManagedAgentsAgentMessageEvent & InThread & MayBeCutOff;
/** Beyond the stock event: the text of the thinking, where the model shows it, and how long it took. */
export type AgentThinkingEvent = BetaManagedAgentsAgentThinkingEvent &
  InThread &
  MayBeCutOff & { text?: string; duration_ms?: number };
/** Where the input holds secrets. `secrets_masked`: a mask stands in place of each, and the places are those of the original. */
interface MayHoldSecrets {
  secrets?: SecretMark[];
  secrets_masked?: true;
}
/** Of a call with `evaluated_permission: "deny"`: what denied it; absent in journals of older servers. */
interface MayBeDenied {
  denied_by?: DecisionSource;
}
/** Of a call that a hook denied after its event: what denied it. The content is the reason. */
interface MayBeRefused {
  denied_by?: DecisionSource;
}
/** Absent where what is called is no plugin's, and in journals of older servers. */
interface MayBeOfPlugin {
  plugin?: EventPlugin;
}
export type AgentToolUseEvent = BetaManagedAgentsAgentToolUseEvent & MayHoldSecrets & MayBeDenied & MayBeOfPlugin;
export type AgentMcpToolUseEvent = BetaManagedAgentsAgentMCPToolUseEvent & MayHoldSecrets & MayBeDenied & MayBeOfPlugin;
/** The call of a tool that a program of the client runs. */
export type AgentCustomToolUseEvent = BetaManagedAgentsAgentCustomToolUseEvent & MayHoldSecrets;
/**
 * The result of such a call; each call gets exactly one. With `cut_off` nobody sent it: the call was given up, was stopped or
 * was denied, and the platform says so.
 */
export type UserCustomToolResultEvent = BetaManagedAgentsUserCustomToolResultEvent &
  MayBeCutOff & { actor?: EventActor };
/** Beyond the stock event: `structured`, the tool's own output object where Claude Code gives one (a diff, a listing). */
export type AgentToolResultEvent = BetaManagedAgentsAgentToolResultEvent &
  MayBeRefused &
  InThread &
  MayBeCutOff & { structured?: unknown };
export type AgentMcpToolResultEvent = BetaManagedAgentsAgentMCPToolResultEvent &
  MayBeRefused &
  InThread &
  MayBeCutOff & { structured?: unknown; mcp_app?: McpAppReference };
/** Beyond the stock event: the `agent.tool_use` event that started the subagent, and what it was asked. */
export type ThreadCreatedEvent = BetaManagedAgentsSessionThreadCreatedEvent & {
  tool_use_id?: string;
  description?: string;
};
export type SessionUpdatedEvent = BetaManagedAgentsSessionUpdatedEvent & {
  model?: string;
  permission_mode?: PermissionMode;
};
/** Beyond the stock event: cost of the session so far, in US dollars. */
export type SessionUsageEvent = BetaManagedAgentsSessionUsageEvent & {
  cost_usd?: number;
  cache_creation_input_tokens?: number;
};

type StockStopReason = BetaManagedAgentsSessionStatusIdleEvent['stop_reason'];
/** Beyond the stock reason: whether the first of the waiting calls is a question, or all of them wait for programs. */
export type StopReason =
  | Exclude<StockStopReason, { type: 'requires_action' }>
  | (Extract<StockStopReason, { type: 'requires_action' }> & { waits_for?: 'answer' | 'program' });

/** Every event that the journal may hold. */
export type SessionEvent =
  | UserMessageEvent
  | UserInterruptEvent
  | UserToolConfirmationEvent
  | UserCustomToolResultEvent
  | AgentMessageEvent
  | AgentThinkingEvent
  | AgentToolUseEvent
  | AgentMcpToolUseEvent
  | AgentCustomToolUseEvent
  | AgentToolResultEvent
  | AgentMcpToolResultEvent
  | BetaManagedAgentsAgentThreadContextCompactedEvent
  | ThreadCreatedEvent
  | BetaManagedAgentsSessionThreadStatusRunningEvent
  | BetaManagedAgentsSessionThreadStatusIdleEvent
  | SessionUpdatedEvent
  | SessionUsageEvent
  | BetaManagedAgentsSessionErrorEvent
  | BetaManagedAgentsSessionStatusRunningEvent
  | (Omit<BetaManagedAgentsSessionStatusIdleEvent, 'stop_reason'> & { stop_reason: StopReason })
  | BetaManagedAgentsSessionStatusRescheduledEvent
  | BetaManagedAgentsSessionStatusTerminatedEvent
  | BetaManagedAgentsSpanModelRequestStartEvent
  | BetaManagedAgentsSpanModelRequestEndEvent
  | ExtensionEvent;

/**
 * Ours: the current position of a session that waits for an agent process. The journal has only the first position
 * and position 1. `session.process_starting`, or the end of the turn, ends the wait.
 */
export interface QueuePositionPreview {
  type: 'queue_position';
  /** 1 is next. */
  position: number;
}

/** Ours: how far the opening of a repository or of a folder of the machine is; `session.resource_mounted` or `session.error` ends it. */
export interface ResourceProgressPreview {
  type: 'resource_progress';
  resource_id: string;
  /** Null for a folder of the machine. */
  repository_url: string | null;
  /** Of a folder of the machine. */
  path?: string;
  phase: 'looking' | 'receiving' | 'resolving' | 'checking_out' | 'copying';
  /** 0–100, where it is counted. */
  percent?: number;
  /** Files, folders and links, and what they take on disk, while it copies. */
  entries?: number;
  bytes?: number;
}

/** What is sent to attached clients and not stored: parts of an event that is not finished, and queue positions. */
export type PreviewEvent =
  | (BetaManagedAgentsStartEvent & InThread)
  | (BetaManagedAgentsDeltaEvent & InThread)
  | QueuePositionPreview
  | ResourceProgressPreview;
