import type { CanUseTool, HookCallback, SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { SpanContext } from '@opentelemetry/api';

import type { CallPrompt } from '../permissions/call-prompt.ts';
import type { Elicitation, ElicitationAnswer } from '../permissions/elicitation.ts';
import type { CustomToolsServerOptions } from './mcp/custom-tools-server.ts';
import type { KeepAppPage } from './mcp/mcp-apps.ts';
import type { McpNotice } from './mcp/mcp-notices.ts';

/** Callbacks of the session that the process works for. */
export interface AgentHandlers {
  /** Id of the user whose session it is. */
  ownerId: string;
  /** Id of its agent. */
  agentId: string;
  /** The vaults whose credentials its MCP servers may get. */
  vaultIds: readonly string[];
  /** The span of the turn that runs, where traces are made. */
  trace?(): SpanContext | undefined;
  canUseTool: CanUseTool;
  /** Answers every hook event that `toHookMatchers` registers. */
  onHook: HookCallback;
  /** Uses up the permit of an MCP tool call. False when the call has no unused permit. */
  takePermit(call: { toolName: string; input: Readonly<Record<string, unknown>> }): boolean;
  /** What the program of the client has sent for the call of a custom tool; given once. */
  takeCustomResult: CustomToolsServerOptions['takeResult'];
  /** Keeps the page of an MCP App with the session. */
  keepApp: KeepAppPage;
  /** Asks people what an MCP server wants to know. The signal withdraws the question. */
  elicit(asked: Elicitation, signal: AbortSignal): Promise<ElicitationAnswer>;
  /** Runs what gets a prompt for a person, if the session's policy lets the server have it. Rejects with why it does not. */
  callPrompt: CallPrompt;
  /** Hears what an MCP server has put in the place of a command. */
  onPrompt(text: string): void;
  /** Reports a problem, or the end of one, with an MCP server. */
  onNotice(notice: McpNotice): void;
  /** Every message of the process, in order; the next one waits until the promise is settled. */
  onMessage(message: SDKMessage): Promise<void>;
}
