import type { JudgedScript } from './judge-shell.ts';
import type { PathParts } from './path-pattern.ts';

/** A path that a call names. */
export interface RuledPath {
  /** Links not followed. */
  given: PathParts;
  /** With links followed; undefined where that cannot be told. */
  real: PathParts | undefined;
}

/** A tool call as rules look at it. */
export interface RuledCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** That a file tool works on; the working folder where it names none. */
  paths: readonly RuledPath[];
  /** Of a tool that runs a shell command; undefined for all others. Computed at the first use. */
  script(): JudgedScript | undefined;
  /** Whether one command of the script only reads in the workspace. */
  readsOnly(text: string): boolean;
  /** Where a fixed word of the command leads; undefined where the shell may read it elsewhere. */
  toPath(word: string): RuledPath | undefined;
}

/** `maybe`: it depends on what only the shell knows. */
export type RuleMatch = 'yes' | 'maybe' | 'no';
