import type {
  AgentCustomToolUseEvent,
  AgentMcpToolUseEvent,
  AgentToolUseEvent,
  ApprovalRequestedEvent,
  SessionEvent,
  StopReason,
} from '@claude-sdk-pattern/protocol';

export type ToolUse = AgentToolUseEvent | AgentMcpToolUseEvent | AgentCustomToolUseEvent;

/** The parts of a session's state that a person at a terminal reacts to. */
export interface TurnState {
  phase: 'idle' | 'running' | 'asking';
  /** Why the session last became idle. */
  stopReason: StopReason | undefined;
  /** The tool calls of the turn, by event id. */
  toolUses: ReadonlyMap<string, ToolUse>;
  approvals: ReadonlyMap<string, ApprovalRequestedEvent>;
  /** Event ids of the tool calls that wait for an answer, oldest first. */
  waiting: readonly string[];
  /** Messages that a turn has taken. */
  takenMessages: ReadonlySet<string>;
}

export const INITIAL_TURN_STATE: TurnState = {
  phase: 'idle',
  stopReason: undefined,
  toolUses: new Map(),
  approvals: new Map(),
  waiting: [],
  takenMessages: new Set(),
};

/** Folds an event into the state; pure. */
export function foldTurn(state: TurnState, event: SessionEvent): TurnState {
  switch (event.type) {
    case 'session.turn_started':
      return {
        ...state,
        phase: 'running',
        toolUses: new Map(),
        approvals: new Map(),
        takenMessages: new Set([...state.takenMessages, ...event.message_ids]),
      };
    case 'session.status_running':
      return { ...state, phase: 'running', waiting: [] };
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
    case 'agent.custom_tool_use':
      return { ...state, toolUses: new Map(state.toolUses).set(event.id, event) };
    case 'session.approval_requested':
      return { ...state, approvals: new Map(state.approvals).set(event.event_id, event) };
    case 'user.tool_confirmation':
      return answered(state, event.tool_use_id);
    case 'user.custom_tool_result':
      return answered(state, event.custom_tool_use_id);
    case 'session.approval_cancelled':
      return answered(state, event.event_id);
    case 'session.status_idle':
      return event.stop_reason.type === 'requires_action'
        ? waitFor(state, event.stop_reason)
        : { ...state, phase: 'idle', stopReason: event.stop_reason, waiting: [] };
    case 'session.status_terminated':
      return { ...state, phase: 'idle', waiting: [] };
    default:
      return state;
  }
}

/** A program answers calls of custom tools: as long as only those wait, nothing is asked here. */
function waitFor(state: TurnState, stopReason: Extract<StopReason, { type: 'requires_action' }>): TurnState {
  const isCustom = (id: string) => state.toolUses.get(id)?.type === 'agent.custom_tool_use';
  const waiting = stopReason.waits_for === 'program' ? [] : stopReason.event_ids.filter((id) => !isCustom(id));
  return { ...state, phase: waiting.length > 0 ? 'asking' : 'running', stopReason, waiting };
}

function answered(state: TurnState, eventId: string): TurnState {
  if (!state.waiting.includes(eventId)) return state;
  const waiting = state.waiting.filter((id) => id !== eventId);
  return { ...state, waiting, phase: waiting.length > 0 ? 'asking' : 'running' };
}
