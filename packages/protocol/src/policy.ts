/**
 * What decided a tool call: rules of the policy for all (`platform`) or for the role of the session's owner (`role`), the
 * agent's definition, the session's mode and remembered rules, what was granted to a plugin (`plugin`), a hook, secrets in the
 * input (`secrets`), or, where none of them says anything, what the tool does (`default`).
 */
export type PolicyLayer = 'platform' | 'role' | 'agent' | 'session' | 'plugin' | 'hook' | 'secrets' | 'default';

/** Which layer decided a tool call, and by which of its rules. */
export interface DecisionSource {
  layer: PolicyLayer;
  /** As it was written; null where the layer has no rules. */
  rule: string | null;
  /** Name of the plugin whose hook asks or denies, also where another layer does; absent for none. */
  plugin?: string;
}

export type PolicyEffect = 'allow' | 'ask' | 'deny';
export type PolicyRole = 'user' | 'operator' | 'admin';

/** A rule of the platform's policy. */
export interface PolicyRule {
  effect: PolicyEffect;
  /** In Claude Code's syntax: `Bash(git *)`, `Edit(src/**)`, `mcp__docs__*`. */
  rule: string;
  /** Roles of the session's owner that it is for; absent for all. */
  roles?: PolicyRole[] | undefined;
  /** For people and for the agent. */
  reason?: string | undefined;
  /** Only with `ask`: whoever asked for the work may not allow the call; somebody else has to. */
  four_eyes?: boolean | undefined;
  /** Only with `ask`: how long people may take to answer; absent for the setting of the platform. */
  expires_in_seconds?: number | undefined;
}

/** GET and PUT /api/v1/policy. */
export interface Policy {
  /** Of what is stored, 0 before the first; a PUT has to name it. */
  version: number;
  rules: PolicyRule[];
  /** Roles whose sessions may have the mode that never asks, besides operators and administrators. */
  never_ask: PolicyRole[];
}

/** GET and PUT /api/v1/policy: the policy, and how long people may take where no rule says so. */
export interface PolicyResource extends Policy {
  approval_timeout_seconds: number;
}

/** POST /api/v1/policy/test: what would happen to a tool call. */
export interface PolicyTestResult extends DecisionSource {
  effect: PolicyEffect;
  reason: string;
  /** False where neither Claude Code nor an MCP server has a tool of this name; absent from older servers. */
  known_tool?: boolean;
  /** With `ask`: whether a second person has to allow it. */
  four_eyes?: boolean;
  /** With `ask`: how long people may take, where a rule says so. */
  expires_in_seconds?: number;
}
