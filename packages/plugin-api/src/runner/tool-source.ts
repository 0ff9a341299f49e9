import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';

import type { ToolProgress } from '../plugin-context.ts';
import type { ToolCall } from './run-tool.ts';

export interface CallOptions {
  signal: AbortSignal;
  onProgress?: ((progress: ToolProgress) => void) | undefined;
}

/** Tools that can be called: in a thread of their own, or in this one. */
export interface ToolSource {
  listTools(): Tool[];
  /** What fails in the call is its answer; never rejects. */
  callTool(call: ToolCall, options: CallOptions): Promise<CallToolResult>;
}
