/** What decided the value of an option. `operator`: the configuration of the server. */
export type OptionOrigin = 'platform' | 'operator' | 'agent' | 'plugin' | 'session';

/** One field of the Agent SDK's `Options` for a session. */
export interface ExplainedOption {
  name: string;
  is_set: boolean;
  /** Without secrets: of environments, headers and servers only names. Null where it is not set. */
  value: unknown;
  from: OptionOrigin;
  /** Of the plugins that have a part in it; of `permissionMode` the session's own mode. */
  names: string[];
  /** What it is set to, or why it is not set. */
  reason: string;
}

/** Two that bring something under one name, and which of them serves. */
export interface ExplainedConflict {
  kind: string;
  name: string;
  /** `agent`, or the name of a plugin. */
  first: string;
  second: string;
  resolution: string;
}

/** A plugin as a process gets it. */
export interface SessionPlugin {
  name: string;
  version: string | null;
  digest: string;
}

/** What the model is told of skills and commands when a session begins. */
export interface SkillList {
  /** How many are in the list. */
  listed: number;
  /** What the descriptions of all share; it depends on the model. */
  budget_chars: number;
  /** Those of which it gets the name alone, with the plugin before it. */
  without_description: string[];
}

/** Whether the model searches the tools of MCP servers instead of having all of them in every request. */
export interface ToolSearchSummary {
  /** `auto`: where they take more than `above_tokens` of a request. */
  mode: 'auto' | 'always' | 'never';
  above_tokens: number;
  from: Extract<OptionOrigin, 'operator' | 'agent'>;
  /** Of the running process: its tools, about what they take in a request, and whether they are searched. Null where none runs. */
  running: { tools: number; tokens: number; is_on: boolean } | null;
}

/** GET /api/v1/sessions/{id}/options */
export interface SessionOptions {
  type: 'session_options';
  session_id: string;
  /** What the next process starts with. */
  options: ExplainedOption[];
  conflicts: ExplainedConflict[];
  skills: SkillList;
  tool_search: ToolSearchSummary;
  plugins: SessionPlugin[];
  /** What the running process started with; null where none runs. */
  running: { plugins: SessionPlugin[]; is_current: boolean } | null;
}

/** POST /api/v1/sessions/{id}/reload */
export interface SessionReload {
  type: 'session_reload';
  /** `now`: the process has ended, or there was none; `after_turn`: it ends with the running turn. */
  when: 'now' | 'after_turn';
  /** Those that the next message gets. */
  plugins: SessionPlugin[];
}
