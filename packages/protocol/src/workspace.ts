/** A file of a session's workspace, as GET /api/v1/sessions/{id}/workspace/files lists it. */
export interface WorkspaceEntry {
  /** From the workspace's folder, with `/`. */
  path: string;
}

/** GET /api/v1/sessions/{id}/workspace/files */
export interface WorkspaceFileList {
  data: WorkspaceEntry[];
  /** True when there are more that match, or the workspace is larger than what is looked through. */
  truncated: boolean;
}

/** GET /api/v1/sessions/{id}/workspace/file */
export interface WorkspaceFile {
  type: 'workspace_file';
  path: string;
  size_bytes: number;
  /** ISO 8601. */
  modified_at: string;
  /** Null where it is not text. */
  text: string | null;
  /** True when `text` is only its beginning. */
  truncated: boolean;
}

/** What people can begin a message with, after a slash. */
export interface AgentCommand {
  name: string;
  description: string;
  /** What may follow it, such as `<file>`; empty where nothing may. */
  argument_hint: string;
}

/** GET /api/v1/sessions/{id}/commands */
export interface AgentCommandList {
  data: AgentCommand[];
}
