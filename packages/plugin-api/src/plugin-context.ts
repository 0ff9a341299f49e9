import type { Json } from './json.ts';

/** What every tool, endpoint and hook of a plugin gets. */
export interface PluginContext {
  /** Aborts when the call is stopped, or its time is over. What goes on after that is ended with its thread. */
  readonly signal: AbortSignal;
  /** Writes to the platform's log, with the name of the plugin. */
  readonly log: PluginLog;
  /** What an operator has configured. Fits the schema of the manifest. */
  readonly configuration: Readonly<Record<string, Json>>;
  /** The secrets that were granted, by the names under which the manifest asks for them. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface PluginLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface ToolContext extends PluginContext {
  /** Absolute path of the session's workspace: the only folder that a tool may write, where agents are confined. */
  readonly workspace: string;
  /** Tells how far a call is. People see the newest. */
  progress(progress: ToolProgress): void;
}

export interface ToolProgress {
  /** Grows with each message. */
  progress: number;
  /** What `progress` reaches in the end, where that is known. */
  total?: number;
  message?: string;
}
