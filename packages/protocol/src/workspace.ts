import type { EventPlugin } from './event-plugin.ts';

/** A file of a session's workspace, as GET /api/v1/sessions/{id}/workspace/files lists it. */
export interface WorkspaceEntry {
  /** Relative to the workspace's folder, with `/`. */
  path: string;
}

/** GET /api/v1/sessions/{id}/workspace/files */
export interface WorkspaceFileList {
  data: WorkspaceEntry[];
  /** True when there are more matches, or the workspace is larger than what the server searches. */
  truncated: boolean;
}

/** GET /api/v1/sessions/{id}/workspace/file */
export interface WorkspaceFile {
  type: 'workspace_file';
  path: string;
  size_bytes: number;
  /** ISO 8601. */
  modified_at: string;
  /** Null when the file is not text. */
  text: string | null;
  /** True when `text` is only the beginning of the file. */
  truncated: boolean;
}

/** A command that a message can begin with, after a slash. */
export interface AgentCommand {
  name: string;
  description: string;
  /** The command's arguments, such as `<file>`; empty if it takes none. */
  argument_hint: string;
  /** That brings it as a skill or a command; null for others. */
  plugin: EventPlugin | null;
}

/** GET /api/v1/sessions/{id}/commands */
export interface AgentCommandList {
  data: AgentCommand[];
}
