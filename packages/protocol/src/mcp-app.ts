/** What loads from outside of the platform into an app: nothing, or what its server declares. */
export const MCP_APP_MODES = ['off', 'isolated', 'declared'] as const;
export type McpAppMode = (typeof MCP_APP_MODES)[number];

/** Each is good for this app alone, and while the reason is the same. */
export interface McpAppConfirmation {
  /** For this tool with this input, or for this resource. */
  once: string;
  /** For the tool, whatever its input; null where a rule or a hook asks about this very call, and for resources. */
  for_app: string | null;
}

/** What the MCP server of an app answered to a call or a reading of it. */
export interface McpAppAnswer {
  type: 'mcp_app_answer';
  /** `needs_confirmation`: nothing was called. `failed`: the server did not answer as it should. */
  outcome: 'answered' | 'needs_confirmation' | 'failed';
  /** Why it needs to be confirmed, or has failed. */
  reason: string | null;
  /** Of `needs_confirmation`: what says `confirmed` for a person who has seen the reason. */
  confirmation: McpAppConfirmation | null;
  /** As the Model Context Protocol has it: of `tools/call` or `resources/read`. */
  result: Record<string, unknown> | null;
}

/**
 * The app of an MCP tool (MCP Apps, SEP-1865, revision 2026-01-26) that shows this result. The platform keeps its page:
 * `GET /api/v1/sessions/{id}/apps/{digest}`.
 */
export interface McpAppReference {
  /** `ui://…`, as the tool names it. */
  resource_uri: string;
  /** SHA-256 of the page, in hex; absent where there is none. */
  digest?: string;
  /** Why there is no page, as a clause for people. */
  problem?: string;
  /** What the server means for the app: `structuredContent` and `_meta` of the tool's result. */
  structured_content?: Record<string, unknown>;
  result_meta?: Record<string, unknown>;
  /** The server has sent more of that than is kept for the app. */
  is_cut?: true;
  /** Origins outside that the page asks for, such as `https://cdn.example.com`; whether it may use them is a setting. */
  origins?: string[];
}
