import type { EventActor } from './event-actor.ts';

/** What "Allow for this session" allows, in parts from which a client can build a sentence. */
export interface RuleSubject {
  /** In Claude Code's syntax, as it is compared: `Bash(npm test)`, `WebFetch(domain:example.com)`, `Edit`. */
  rule: string;
  /** As events name the tool, `mcp__SERVER__TOOL` for a tool of an MCP server. */
  tool_name: string;
  /**
   * `command`: exactly this command; `edits`: every change of a file in the workspace; `domain`: every page of this host;
   * `tool`: every call of the tool.
   */
  kind: 'command' | 'edits' | 'domain' | 'tool';
  /** The command or the host, as in the call; null for the other kinds. */
  pattern: string | null;
  /** Null unless the tool belongs to an MCP server. */
  mcp_server_name: string | null;
}

/** A rule that a person has granted for a session. */
export interface SessionRule extends RuleSubject {
  id: string;
  /** ISO 8601. */
  created_at: string;
  granted_by: EventActor;
}

/** GET /api/v1/sessions/{id}/rules: oldest first. */
export interface SessionRuleList {
  data: SessionRule[];
}
