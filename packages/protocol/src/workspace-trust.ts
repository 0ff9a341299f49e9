/** What a workspace can bring for Claude Code. */
export type BroughtKind = 'hook' | 'mcp_server' | 'skill' | 'command' | 'agent' | 'permission' | 'file' | 'setting';

/** One thing that a repository, or the workspace of a session, brings. */
export interface BroughtItemResource {
  kind: BroughtKind;
  name: string;
  /** From the repository, with `/`. */
  path: string;
  /** Whether it is used once it is trusted; what is not has no effect on this platform. */
  runs: boolean;
  /** As it is written; cut after 64 KiB. */
  text: string;
}

/** A repository of a session, or its workspace. */
export interface WorkspaceTrustPlace {
  /** Null for the workspace of the session itself. */
  repository_url: string | null;
  /** From the workspace; empty for the workspace itself. */
  folder: string;
  /** `nothing`: nothing of it would run; `changed`: other content was trusted, so that nothing runs. */
  state: 'nothing' | 'untrusted' | 'trusted' | 'changed';
  /** Files that the agent gets as instructions, from the workspace. */
  instructions: string[];
  items: readonly BroughtItemResource[];
  /** Why it cannot be trusted. */
  problem: string | null;
}

/** What a session's workspace brings, and what of it may run. */
export interface WorkspaceTrustReview {
  type: 'workspace_trust';
  session_id: string;
  /** Of all that would run. To trust it, send this. */
  digest: string;
  /** Whether all that would run is trusted; false where there is nothing. */
  is_trusted: boolean;
  places: WorkspaceTrustPlace[];
}

/** A repository, or a session, of which a person lets run what it brings. */
export interface WorkspaceTrustResource {
  type: 'workspace_trust_grant';
  id: string;
  /** Null for a session. */
  repository: string | null;
  /** Null for a repository. */
  session_id: string | null;
  /** Of each kind, how much. */
  counts: Readonly<Record<string, number>>;
  trusted_at: string;
}
