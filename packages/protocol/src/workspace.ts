import type { EventPlugin } from './event-plugin.ts';

/** What an entry of a folder is: `other` is a pipe, a socket, a device, or an entry whose name is not UTF-8. */
export type WorkspaceEntryKind = 'file' | 'folder' | 'link' | 'other';

/** An entry of a session's workspace, as GET /api/v1/sessions/{id}/workspace/files lists it. */
export interface WorkspaceEntry {
  /** Relative to the workspace's folder, with `/`. */
  path: string;
  kind: WorkspaceEntryKind;
  /** Of a file in a listed folder; null otherwise. */
  size_bytes: number | null;
  /** ISO 8601, in a listed folder; null otherwise. */
  modified_at: string | null;
}

/** GET /api/v1/sessions/{id}/workspace/files */
export interface WorkspaceFileList {
  data: WorkspaceEntry[];
  /** True when there are more matches, or the workspace or folder is larger than what the server looks through. */
  truncated: boolean;
  /** The next page of a folder; null at its end, and of a search. */
  next_page: string | null;
}

/** GET /api/v1/sessions/{id}/workspace/file */
export interface WorkspaceFile {
  type: 'workspace_file';
  path: string;
  size_bytes: number;
  /** ISO 8601. */
  modified_at: string;
  /** By its content. */
  mime_type: string;
  /** Changes with the content; what `if-match` takes, without quotes. */
  version: string;
  /** Null when the file is not text. */
  text: string | null;
  /** True when `text` is only the beginning of the file. */
  truncated: boolean;
}

/** A file as it is after somebody wrote it: PUT /api/v1/sessions/{id}/workspace/file and …/content. */
export interface WrittenWorkspaceFile {
  type: 'workspace_file';
  path: string;
  size_bytes: number;
  version: string;
}

/** GET /api/v1/sessions/{id}/workspace/stamps: whether something has changed, without reading it. */
export interface WorkspaceStampList {
  /** `stamp` differs after a change: of a file its content, of a folder the entries in it. Null where nothing is. */
  data: { path: string; stamp: string | null }[];
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
