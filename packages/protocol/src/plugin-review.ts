import type { PluginGrantsResource, PluginPartResource, PluginProblemResource } from './plugin.ts';

export type PluginChange = 'added' | 'removed' | 'changed';

/**
 * How a text was changed, as a unified difference. Texts are as they stand in the file: they may hold characters that
 * nobody sees, so mark those before you show them.
 */
export interface PluginTextDiff {
  /** Each line begins with `+`, `-`, a blank, or `\` for a remark. A long line is cut, and says so at its end. */
  hunks: readonly { old_start: number; new_start: number; lines: readonly string[] }[];
  /** Lines in all, those that are left off among them. */
  added: number;
  removed: number;
  /** Lines of the difference that are not in `hunks`, because it is long. */
  left_off: number;
}

/** A line of how something is called or set. Long values are cut, and say so. */
export interface PluginValueChange {
  /** Such as `command`, `env.REGION`, `Bash` for a matcher of hooks, or `option units`. */
  field: string;
  /** Null where there is none. Equal to `after` where it was not changed. */
  before: string | null;
  after: string | null;
}

export interface PluginPartChange extends PluginPartResource {
  change: PluginChange;
  /** Whether somebody has to agree to it: to a hook by a grant of its own, to anything else by activating the version. */
  needs_grant: boolean;
  /** What was changed: how it is called, files that it may run or read, defaults of options, or its own text. */
  reasons: readonly ('added' | 'definition' | 'files' | 'defaults' | 'text')[];
  /** How it is called, with what was not changed: command lines, addresses, environment. */
  definition: readonly PluginValueChange[];
  /** Its own text, in the content; null for what has none. */
  file: string | null;
  /** Null where its text is not compared: it is the same, or see the file itself. */
  text: PluginTextDiff | null;
}

export interface PluginFileChange {
  /** In the content. */
  path: string;
  change: PluginChange;
  /** Bytes; null where there is no such file. */
  before_bytes: number | null;
  after_bytes: number | null;
  is_binary: boolean;
  /** Whether it may be run as a program: in both versions, or only since or until this one. */
  executable: 'yes' | 'no' | 'added' | 'removed';
}

/** GET /api/v1/plugins/{name}/review: what a version of a plugin brings, changes and takes away. What needs a grant comes first. */
export interface PluginReviewResource {
  type: 'plugin_review';
  name: string;
  /** An upgrade that waits, a roll back, or what the version that is there brings. */
  of: 'upgrade' | 'roll_back' | 'install';
  /** Null for `install`. */
  before: { version: string | null; digest: string } | null;
  after: { version: string | null; digest: string };
  /** What it asks for, and what it no longer asks for. */
  grants: readonly {
    kind: keyof PluginGrantsResource;
    value: string;
    /** A hook is `changed` where it runs something else. */
    change: PluginChange | 'unchanged';
    /** To the version before. */
    granted: boolean;
  }[];
  /** Parts that are the same in both versions are left out. */
  parts: readonly PluginPartChange[];
  /** Isolation, limits, network, options, and what it says of itself, where they were changed. */
  settings: readonly (PluginValueChange & { needs_grant: boolean })[];
  /** Null where this server lacks content of one version. All 0 where there is none, as of a bare MCP server. */
  files: {
    added: number;
    removed: number;
    changed: number;
    unchanged: number;
    data: readonly PluginFileChange[];
    /** Changed ones that are not in `data`. */
    left_off: number;
  } | null;
  /** Of the version `after`. */
  problems: readonly PluginProblemResource[];
  /** How many grants, parts, settings and problems are not listed, because there are too many. */
  left_off: number;
}

/** GET /api/v1/plugins/{name}/review/file: how one file was changed. */
export interface PluginFileReviewResource {
  type: 'plugin_file_review';
  path: string;
  before_bytes: number | null;
  after_bytes: number | null;
  /** Null where it cannot be shown. */
  diff: PluginTextDiff | null;
  why_not: 'binary' | 'too_large' | null;
}
