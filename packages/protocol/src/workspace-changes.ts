/** How a file differs between two states. */
export type WorkspaceChangeStatus = 'added' | 'modified' | 'deleted';

export interface WorkspaceChange {
  /** Relative to the workspace, with `/`. In quotes with bytes in octal where it is not UTF-8. */
  path: string;
  status: WorkspaceChangeStatus;
  /** Lines; null where the file is not text, or too large to compare. */
  added: number | null;
  removed: number | null;
  /** People who changed it by hand or in a terminal after the state that comes back; only in the preview of a rewind. */
  made_by?: readonly { id: string; name: string }[];
  /** Only where one path was asked for. */
  diff?: WorkspaceDiff;
}

/** How one file differs. */
export interface WorkspaceDiff {
  /** Why there is no text: the file is not text, or too large to compare. */
  kind: 'text' | 'binary' | 'large';
  /** Unified, as git writes it; null where `kind` is not `text`. */
  text: string | null;
  /** Whether `text` is only its beginning. */
  truncated: boolean;
  /** Bytes, where `kind` is not `text`; null on the side without a file. */
  size_before: number | null;
  size_after: number | null;
}

/** A recorded state of the files of a session. */
export interface WorkspaceStateResource {
  /** 1, 2, 3 …; gaps where states were forgotten. */
  ordinal: number;
  /** The turn after which the files were so; 0 before the first one. */
  turn: number;
  /** `edit` and `terminal`: what people did by hand, or in a terminal, since the state before. */
  reason: 'beginning' | 'turn' | 'before_rewind' | 'rewind' | 'before_edit' | 'edit' | 'terminal';
  /** Who did that; empty for other reasons, and where it is not known. */
  made_by: readonly { id: string; name: string }[];
  /** Files that differ from the state before. */
  changed_files: number;
  /** Files that are not in it, though git does not ignore them: too large, too many, or not to be read. */
  left_out: { count: number; paths: readonly string[] };
  /** ISO 8601. */
  created_at: string;
}

/** GET /api/v1/sessions/{id}/workspace/states */
export interface WorkspaceStateList {
  /** Oldest first. */
  data: WorkspaceStateResource[];
}

/** GET /api/v1/sessions/{id}/workspace/changes */
export interface WorkspaceChanges {
  /** Null where nothing was recorded yet. */
  from: WorkspaceStateResource | null;
  /** Null for the files as they are now. */
  to: WorkspaceStateResource | null;
  /** By path; the first ones. */
  data: WorkspaceChange[];
  /** How many files differ, and how many lines of text. */
  total: number;
  added: number;
  removed: number;
  left_out: { count: number; paths: readonly string[] };
}

/** POST /api/v1/sessions/{id}/rewind */
export interface RewindResult {
  preview: boolean;
  /** What it changes in the workspace; null where files were not asked for. */
  files: RewoundFiles | null;
  /** What it did to the conversation; null where that was not asked for, and in a preview. */
  conversation: { head_seq: number; seq: number | null } | null;
}

export interface RewoundFiles extends Pick<WorkspaceChanges, 'data' | 'total'> {
  /** The state that comes back. */
  state: WorkspaceStateResource;
  /** Files outside of what is recorded that have to be moved before; only in a preview. */
  in_the_way: string[];
  /** The `session.files_rewound` event, by which it can be taken back; null in a preview, and where nothing changed. */
  event_id: string | null;
}
