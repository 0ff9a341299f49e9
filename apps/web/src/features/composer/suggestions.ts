import type { MenuTrigger } from './menu-trigger.ts';

/** A line of the menu. */
export interface Suggestion {
  /** Unique in its list. */
  id: string;
  /** What it is listed under. */
  group: 'session' | 'agent' | 'file';
  /** What takes the place of what was typed: `/compact`, `@src/greet.js`. */
  insert: string;
  label: string;
  detail: string;
  /** What has to or may follow; empty where nothing may. */
  hint: string;
  /** Given where choosing it does something at once. */
  run?: () => void;
}

export interface SuggestionList {
  items: readonly Suggestion[];
  /** True when there are more than these. */
  truncated: boolean;
}

/** Where the menu gets its lines. */
export interface SuggestionSource {
  find: (trigger: MenuTrigger, signal: AbortSignal) => Promise<SuggestionList>;
}

/** Whether what was typed says all of a suggestion: the name of a command, or the path or name of a file. */
export function isMatch(suggestion: Suggestion, query: string): boolean {
  const wanted = query.toLowerCase();
  const label = suggestion.label.toLowerCase();
  if (wanted === '') return false;
  return label === wanted || (suggestion.group === 'file' && label.slice(label.lastIndexOf('/') + 1) === wanted);
}

/**
 * The suggestion that Enter takes before any arrow key: what the word says in full, or the first that it begins, for a file
 * also the first that it occurs in. The list may be that of a shorter word. -1 for none. Pure.
 */
export function findBest(items: readonly Suggestion[], query: string): number {
  const wanted = query.toLowerCase();
  if (wanted === '') return -1;
  const whole = items.findIndex((each) => isMatch(each, query));
  if (whole !== -1) return whole;
  return items.findIndex(({ label, group }) => {
    const at = label.toLowerCase().indexOf(wanted);
    return group === 'file' ? at !== -1 : at === 0;
  });
}

/** The commands that begin with what was typed, then those that contain it. */
export function filterCommands(all: readonly Suggestion[], query: string): Suggestion[] {
  const wanted = query.toLowerCase();
  const begins = all.filter(({ label }) => label.toLowerCase().startsWith(wanted));
  const contains = all.filter(({ label }) => label.toLowerCase().indexOf(wanted) > 0);
  return [...begins, ...contains];
}

/** How a message names a file; in quotes where a blank in its path would end it. */
export function toMention(path: string): string {
  return /\s/.test(path) ? `@"${path}"` : `@${path}`;
}
