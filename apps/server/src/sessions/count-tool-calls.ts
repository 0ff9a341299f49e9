import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';
import { isBuiltInTool } from '../permissions/tool-class.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export type ToolCallMetrics = Pick<Metrics, 'toolCalls' | 'toolCallDuration'>;

interface OpenCall {
  tool: string;
  startedAtMs: number;
  isDenied: boolean;
}

/** Calls that run or wait; beyond them those that began first are forgotten. */
const MAX_OPEN = 10_000;

/** Counts tool calls by the kind of their tool. The time in which a call waits for people is not its own. */
export function createToolCallCounter(metrics: ToolCallMetrics): (event: SessionEvent, atMs: number) => void {
  const open = new Map<string, OpenCall>();

  const begin = (id: string, call: OpenCall) => {
    makeRoom(open, MAX_OPEN);
    open.set(id, call);
  };
  const end = (id: string, isError: boolean, atMs: number) => {
    const call = open.get(id);
    if (call === undefined) return;
    open.delete(id);
    const { tool, startedAtMs, isDenied } = call;
    metrics.toolCalls.inc({ tool, outcome: isDenied ? 'denied' : isError ? 'error' : 'ok' });
    if (!isDenied) metrics.toolCallDuration.observe({ tool }, (atMs - startedAtMs) / 1000);
  };

  return (event, atMs) => {
    switch (event.type) {
      case 'agent.tool_use':
      case 'agent.mcp_tool_use':
        begin(event.id, {
          tool: event.type === 'agent.mcp_tool_use' ? 'mcp' : isBuiltInTool(event.name) ? event.name : 'other',
          startedAtMs: atMs,
          isDenied: event.evaluated_permission === 'deny',
        });
        return;
      case 'agent.custom_tool_use':
        begin(event.id, { tool: 'custom', startedAtMs: atMs, isDenied: false });
        return;
      case 'user.tool_confirmation': {
        const call = open.get(event.tool_use_id);
        if (call !== undefined) Object.assign(call, { startedAtMs: atMs, isDenied: event.result === 'deny' });
        return;
      }
      case 'session.approval_cancelled': {
        const call = open.get(event.event_id);
        if (call !== undefined) call.isDenied = true;
        return;
      }
      case 'agent.tool_result':
        return end(event.tool_use_id, event.is_error === true, atMs);
      case 'agent.mcp_tool_result':
        return end(event.mcp_tool_use_id, event.is_error === true, atMs);
      case 'user.custom_tool_result':
        return end(event.custom_tool_use_id, event.is_error === true, atMs);
      default:
        return;
    }
  };
}
