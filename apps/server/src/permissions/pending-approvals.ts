import type {
  DecisionSource,
  ElicitationContent,
  ElicitationRequestedEvent,
  EventPlugin,
  HandOver,
  RuleSubject,
  SecretMark,
  UserToolConfirmationParams,
} from '@claude-sdk-pattern/protocol';

import type { Approval, ApprovalKind } from '../store/approvals.ts';
import type { CustomResult } from './custom-results.ts';
import type { AskTerms } from './rules/compile-rules.ts';

/** The answer to a tool call, or to the question of an MCP server, that waited. */
export type ApprovalAnswer =
  | {
      result: 'allow';
      answers: Record<string, string> | undefined;
      content?: ElicitationContent;
      /** Of a custom tool. */
      custom?: CustomResult;
    }
  | { result: 'deny'; message: string; dismissed?: true }
  | { result: 'cancelled' };

/** A tool call that waits for a person, or for the program that runs it. */
export interface PendingApproval {
  kind: ApprovalKind;
  /** The `agent.tool_use` event. */
  eventId: string;
  toolUseId: string;
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** Where the input holds secrets. */
  secrets: readonly SecretMark[];
  /** Why the call needs approval, as a sentence. */
  reason: string;
  /** The thread of the subagent that makes the call; null for the session's own agent. */
  threadId: string | null;
  /** Milliseconds since the epoch: from then on it is denied. Set when people are asked; never of a custom tool. */
  expiresAtMs: number;
  /** The rule that an answer with `scope: "session"` would store. */
  rule: RuleSubject | undefined;
  /** What decided that it is asked. */
  source: DecisionSource;
  /** What rules say of how it is answered. */
  terms: AskTerms | undefined;
  /** Users who may not allow it, because a rule demands a second person; null where none does. Set when people are asked. */
  fourEyes: readonly string[] | null;
  /** Null while it is not in the hands of the operators. */
  handedOver: HandOver | null;
  /** Null for a tool call. */
  elicitation: ElicitationRequestedEvent | null;
  /** Whether somebody has answered it before, and people are asked once more. */
  isAgain?: boolean;
  settle(answer: ApprovalAnswer): void;
}

/** What others than the session's people are told of a call that waits. */
export interface ApprovalRequest {
  sessionId: string;
  /** The `agent.tool_use` event. */
  eventId: string;
  /** As people see it. */
  toolName: string;
  /** Null where it is no plugin's. */
  plugin: EventPlugin | null;
  requestedAtMs: number;
  expiresAtMs: number;
}

/** An approval as it is stored, with what the journal says of it. */
export interface StoredApproval {
  approval: Approval;
  /** As the CLI names the tool. */
  toolName: string;
  /** As the model made it. */
  input: Readonly<Record<string, unknown>>;
  reason: string;
  rule: RuleSubject | null;
  source: DecisionSource;
}

/** What the agent is told of a call that nobody answered in time. */
export const EXPIRED: ApprovalAnswer = {
  result: 'deny',
  message:
    'Nobody answered the request for approval before it expired, so the call was denied. Say what you would do next.',
};

/** Message to the agent when a person denied a call without giving a reason. */
const DENIED_WITHOUT_REASON = 'The user does not want this tool call. Stop and ask what to do instead.';

export function toAnswer(
  confirmation: Pick<UserToolConfirmationParams, 'result' | 'deny_message' | 'answers' | 'content' | 'dismissed'>,
): ApprovalAnswer {
  const { result, answers, content, deny_message: told, dismissed } = confirmation;
  if (result === 'allow') return { result, answers, ...(content !== undefined && { content }) };
  const guidance = told?.trim();
  const message = guidance === undefined || guidance === '' ? DENIED_WITHOUT_REASON : guidance;
  return { result, message, ...(dismissed !== undefined && { dismissed }) };
}

/** The title of an approval: what the call would do. */
export function toApprovalTitle(toolName: string): string {
  const title = Object.hasOwn(TITLES, toolName) ? TITLES[toolName] : undefined;
  return title ?? (toolName.startsWith('mcp__') ? 'Use a tool of a connected server' : `Use ${toolName}`);
}

const TITLES: Readonly<Record<string, string>> = {
  Bash: 'Run a command',
  Write: 'Write a file',
  Edit: 'Edit a file',
  MultiEdit: 'Edit a file',
  NotebookEdit: 'Edit a notebook',
  Read: 'Read a file outside the workspace',
  Glob: 'Search outside the workspace',
  Grep: 'Search outside the workspace',
  WebFetch: 'Fetch a page from the network',
  WebSearch: 'Search the web',
  ReadMcpResourceTool: 'Read a resource of a connected server',
  AskUserQuestion: 'Answer a question',
  ExitPlanMode: 'Go ahead with the plan',
};
