import type { EventPlugin } from '@claude-sdk-pattern/protocol';

import type { MenuTrigger } from './menu-trigger.ts';

/** One entry of the menu. */
export interface Suggestion {
  /** Unique within its list. */
  id: string;
  /** What kind of entry it is. */
  group: 'session' | 'agent' | 'file';
  /** The plugin that brings it, under whose name it is listed; absent for others. */
  plugin?: EventPlugin;
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
  /** Whether `@` finds files. */
  hasFiles: boolean;
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
 * else the first one that begins with it, else the only one whose name within its plugin does; for files, also the first
 * one that contains it. `list` may still belong to a shorter word. Returns -1 for none. Pure.
 */
export function findBest(items: readonly Suggestion[], query: string): number {
  const wanted = query.toLowerCase();
  if (wanted === '') return -1;
  const whole = items.findIndex((each) => isMatch(each, query));
  if (whole !== -1) return whole;
  const first = items.findIndex(({ label, group }) => {
    const at = label.toLowerCase().indexOf(wanted);
    return group === 'file' ? at !== -1 : at === 0;
  });
  if (first !== -1) return first;
  // Of the same command of several plugins nobody but the person can choose.
  const within = items.filter((each) => toNameInPlugin(each).startsWith(wanted));
  return within.length === 1 && within[0] !== undefined ? items.indexOf(within[0]) : -1;
}

/** What follows the name of the plugin, in lower case; empty for what is no plugin's. */
function toNameInPlugin({ label, plugin }: Suggestion): string {
  return plugin === undefined ? '' : label.slice(plugin.name.length + 1).toLowerCase();
}

/**
 * The commands that begin with the typed text, then those whose name in their plugin does, or the plugin's name for people,
 * then those that contain it. Pure.
 */
export function filterCommands(all: readonly Suggestion[], query: string): Suggestion[] {
  const wanted = query.toLowerCase();
  const rankOf = (each: Suggestion): number => {
    const at = each.label.toLowerCase().indexOf(wanted);
    if (at === 0) return 0;
    const title = each.plugin?.display_name.toLowerCase() ?? '';
    if (toNameInPlugin(each).startsWith(wanted) || title.startsWith(wanted)) return 1;
    return at > 0 ? 2 : 3;
  };
  return all
    .map((each) => ({ each, rank: rankOf(each) }))
    .filter(({ rank }) => rank < 3)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
}

/** The text that names a file in a message. A path with a blank is put in quotes. */
export function toMention(path: string): string {
  return /\s/.test(path) ? `@"${path}"` : `@${path}`;
}
