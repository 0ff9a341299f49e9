import { posix } from 'node:path';

import type { PluginHookEvent } from '../../hooks/hook-events.ts';
import { toDigestOf } from '../../audit/canonical-json.ts';
import type { ActivePlugin, PluginPart } from '../plugin-set.ts';
import { DECIDES_FOR_PEOPLE } from '../manifest/find-hooks.ts';
import { toUserOptions } from './user-options.ts';

/** Kinds that the CLI reads from a folder. What else a plugin brings reaches the agent by other ways. */
const FROM_FOLDER: readonly PluginPart['kind'][] = ['skill', 'command', 'agent'];

/** Rises when a plugin is put together in another way: a folder that is there already is not made again. */
const FORM = 5;

/** Where what the CLI may read of a plugin is put together. */
export interface ServedFolder {
  /** Absolute path of the plugin's own folder, which the CLI gets. */
  path: string;
  /** Absolute path of all that is served: `path`, or the folder around it that also has its dependencies. */
  root: string;
}

/**
 * The folder of a plugin that the CLI may read; undefined for one that brings nothing for it. It stands beside the content
 * and is named for what was granted and configured, so that another grant has another folder. Pure.
 */
export function toServedFolder(plugin: ActivePlugin): ServedFolder | undefined {
  const { dir, contentDir, parts } = plugin;
  if (dir === null || contentDir === null) return undefined;
  const hooks = toServedHooks(plugin);
  if (hooks.length === 0 && !parts.some(({ kind }) => FROM_FOLDER.includes(kind))) return undefined;
  const root = `${contentDir}.${toDigestOf({ form: FORM, hooks: [...hooks], options: Object.fromEntries(toUserOptions(plugin)) }).slice(0, 12)}`;
  return { root, path: isOneSkill(plugin) ? root : posix.join(root, posix.relative(contentDir, dir)) };
}

/** Whether the plugin's own folder is a skill. The CLI would name it for the folder, so it is served as `skills/NAME`. */
export function isOneSkill({ manifest: { skills } }: Pick<ActivePlugin, 'manifest'>): boolean {
  const [only, ...others] = [skills ?? []].flat();
  return only !== undefined && others.length === 0 && posix.normalize(`${only}/`) === './';
}

/** The hook events whose commands the CLI runs: those that the plugin has, may have and that were granted, sorted. */
export function toServedHooks({ parts, granted }: Pick<ActivePlugin, 'parts' | 'granted'>): readonly string[] {
  const events = parts.flatMap(({ kind, name, file }) =>
    kind === 'hook' && file === undefined && name !== DECIDES_FOR_PEOPLE && granted.hooks.includes(name) ? [name] : [],
  );
  return events.toSorted();
}

/** The hook events that the plugin has hooks in TypeScript for and that were granted. */
export function toServedHandlers({
  manifest,
  granted,
}: Pick<ActivePlugin, 'manifest' | 'granted'>): readonly PluginHookEvent[] {
  return (manifest.csp?.hooks?.events ?? []).filter((event) => granted.hooks.includes(event));
}
