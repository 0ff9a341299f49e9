import type { MenuTrigger } from './menu-trigger.ts';

/** One entry of the menu. */
export interface Suggestion {
  /** Unique within its list. */
  id: string;
  /** The heading that it is listed under. */
  group: 'session' | 'agent' | 'file';
  /** The text that replaces the typed text: `/compact`, `@src/greet.js`. */
  insert: string;
  label: string;
  detail: string;
  /** The arguments that must or may follow; empty if the command takes none. */
  hint: string;
  /** Given for a suggestion that acts at once when it is chosen. */
  run?: () => void;
}

export interface SuggestionList {
  items: readonly Suggestion[];
  /** True when there are more than these. */
  truncated: boolean;
}

/** The source of the menu's suggestions. */
export interface SuggestionSource {
  find: (trigger: MenuTrigger, signal: AbortSignal) => Promise<SuggestionList>;
}

/** Whether the typed text names a suggestion in full: a command's name, or a file's path or name. */
export function isMatch(suggestion: Suggestion, query: string): boolean {
  const wanted = query.toLowerCase();
  const label = suggestion.label.toLowerCase();
  if (wanted === '') return false;
  return label === wanted || (suggestion.group === 'file' && label.slice(label.lastIndexOf('/') + 1) === wanted);
}

/**
 * The index of the suggestion that Enter takes before any arrow key was pressed: the one that the word names in full,
 * else the first one that begins with it, else, for files, the first one that contains it. `list` may still belong to a
 * shorter word. Returns -1 for none. Pure.
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

/** The commands that begin with the typed text, then those that contain it. */
export function filterCommands(all: readonly Suggestion[], query: string): Suggestion[] {
  const wanted = query.toLowerCase();
  const begins = all.filter(({ label }) => label.toLowerCase().startsWith(wanted));
  const contains = all.filter(({ label }) => label.toLowerCase().indexOf(wanted) > 0);
  return [...begins, ...contains];
}

/** The text that names a file in a message. A path with a blank is put in quotes. */
export function toMention(path: string): string {
  return /\s/.test(path) ? `@"${path}"` : `@${path}`;
}
