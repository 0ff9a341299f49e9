import type { AgentMcpToolResultEvent } from './session-events.ts';
import type { EventPlugin } from './event-plugin.ts';

/** `needs_sign_in`: people have to sign in to the server first. `failed` says why, and when it is tried again. */
export type McpServerState = 'idle' | 'connecting' | 'ready' | 'needs_sign_in' | 'failed';

export type McpTransport = 'stdio' | 'http' | 'sse' | 'in_process';

/** A tool as its server lists it. */
export interface McpToolResource {
  /** The server's own. */
  name: string;
  title: string | null;
  description: string | null;
  /** JSON Schema; null where all schemas of the server together are too long to be sent. */
  input_schema: object | null;
  /** Whether the server says that it only reads; null where it does not say. */
  is_read_only: boolean | null;
}

/** GET /api/v1/sessions/{id}/mcp-servers: a server of the session's process, or of its next one. */
export interface SessionMcpServerResource {
  /** As its owner spells it. */
  name: string;
  /** That brings it; null for one of the agent's own. */
  plugin: EventPlugin | null;
  transport: McpTransport;
  /** `idle` while no process runs. */
  state: McpServerState;
  /** Why it is not ready, or why tools are missing; a clause or sentence. */
  problem: string | null;
  /** ISO 8601; null where no try is planned. */
  retry_at: string | null;
  tools: McpToolResource[];
}

/** What people can do about a problem, and what the program wrote last; null where that is not known. */
export interface FaultDetailsResource {
  /** A sentence without its full stop. */
  remedy: string | null;
  /** Lines of its standard error, without secrets. */
  output: string | null;
}

/** What an MCP server or the endpoints of a plugin have done on this server of the platform, since its start. */
export interface PluginPartHealth {
  kind: 'mcp_server' | 'endpoints' | 'hooks';
  name: string;
  transport: McpTransport | null;
  /** `ready`: something is connected to it now. `failed`: what was last heard of it is a failure. */
  state: 'ready' | 'idle' | 'failed';
  /** Connections or processes that are open now. */
  connected: number;
  /** Calls that have ended. */
  calls: number;
  /** Of them: answered with an error, or not answered. */
  errors: number;
  /** Of the last 500 calls; null before the first one. */
  p50_ms: number | null;
  p95_ms: number | null;
  /** Times that it was started or connected to. */
  starts: number;
  /** Of them: after it had ended by itself. */
  restarts: number;
  failed_starts: number;
  last_call_at: string | null;
  /** For operators; null for others. */
  last_problem: ({ at: string; text: string } & FaultDetailsResource) | null;
}

/** POST /api/v1/plugins/{name}/servers/{server}/connect */
export interface McpServerCheck extends FaultDetailsResource {
  type: 'mcp_server_check';
  state: 'ready' | 'needs_sign_in' | 'failed';
  /** Why it failed, or why tools are missing, as a clause. */
  problem: string | null;
  connect_ms: number;
  /** What it did beside its answers, as sentences. */
  remarks: readonly string[];
  /** As it tells them. */
  server_info: { name: string; version: string } | null;
  instructions: string | null;
  tools: McpToolResource[];
}

/** POST /api/v1/plugins/{name}/servers/{server}/test */
export interface McpToolTest extends FaultDetailsResource {
  type: 'mcp_tool_test';
  /** `error`: the tool answered with an error. `failed`: it did not answer. */
  outcome: 'success' | 'error' | 'failed';
  /** Why there is no answer, as a clause. */
  problem: string | null;
  connect_ms: number;
  /** Of the call alone; null where there is no answer. */
  duration_ms: number | null;
  remarks: readonly string[];
  /** As in `agent.mcp_tool_result`. */
  content: NonNullable<AgentMcpToolResultEvent['content']>;
  structured: unknown;
  /** Whether something of the result is left out. */
  is_cut: boolean;
}
