import type {
  AgentCustomToolUseEvent,
  AgentMcpToolResultEvent,
  AgentMcpToolUseEvent,
  AgentToolResultEvent,
  AgentToolUseEvent,
  SessionEvent,
  UserCustomToolResultEvent,
} from '@claude-sdk-pattern/protocol';

/** The call of a tool: of Claude Code, of an MCP server, or of a program of the client. */
export type ToolUseEvent = AgentToolUseEvent | AgentMcpToolUseEvent | AgentCustomToolUseEvent;

export function isToolUse(event: SessionEvent): event is ToolUseEvent {
  const { type } = event;
  return type === 'agent.tool_use' || type === 'agent.mcp_tool_use' || type === 'agent.custom_tool_use';
}

/** How a call ended. */
export type ToolResultEvent = AgentToolResultEvent | AgentMcpToolResultEvent | UserCustomToolResultEvent;

/** The id of the call whose result this event is; undefined for every other event. */
export function toEndedCall(event: SessionEvent): string | undefined {
  return isToolResult(event) ? toCallOf(event) : undefined;
}

export function isToolResult(event: SessionEvent): event is ToolResultEvent {
  const { type } = event;
  return type === 'agent.tool_result' || type === 'agent.mcp_tool_result' || type === 'user.custom_tool_result';
}

/** The id of the call that the result is of. */
export function toCallOf(result: ToolResultEvent): string {
  if (result.type === 'agent.tool_result') return result.tool_use_id;
  return result.type === 'agent.mcp_tool_result' ? result.mcp_tool_use_id : result.custom_tool_use_id;
}
