import { posix } from 'node:path';

import type { PluginManifest } from './plugin-manifest.ts';

/** One place where a plugin has hooks: a file, relative to the plugin, or the manifest itself. */
export interface HookSource {
  /** Absent where the hooks stand in the manifest. */
  file?: string;
  /** The events with their handlers, where they stand in the manifest. */
  hooks?: unknown;
  /** The field of the manifest; null for the file that is read without being named. */
  field: string | null;
  /** Whether these hooks of this event run. */
  serves(event: string): boolean;
}

const DEFAULT_FILE = 'hooks/hooks.json';

/**
 * The places whose hooks add up, each file once, as the CLI (2.1.332) reads them. The entry of a marketplace stands in place
 * of all the plugin's own hooks of the same event.
 */
export function listHookSources({ hooks = [], entryHooks }: PluginManifest): HookSource[] {
  const isOwn = (event: string) => entryHooks === undefined || !Object.hasOwn(entryHooks, event);
  const sources = new Map<unknown, HookSource>([[DEFAULT_FILE, { file: DEFAULT_FILE, field: null, serves: isOwn }]]);
  for (const [at, stated] of [hooks].flat().entries()) {
    const field = Array.isArray(hooks) ? `hooks[${at}]` : 'hooks';
    const file = typeof stated === 'string' ? posix.normalize(stated) : undefined;
    if (file === undefined) sources.set(stated, { hooks: stated, field, serves: isOwn });
    else if (!sources.has(file)) sources.set(file, { file, field, serves: isOwn });
  }
  if (entryHooks) sources.set(entryHooks, { hooks: entryHooks, field: 'hooks', serves: () => true });
  return [...sources.values()];
}
