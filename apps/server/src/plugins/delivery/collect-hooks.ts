import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { listHookSources } from '../manifest/hook-sources.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { fillInHandlers, toUserOptions } from './user-options.ts';

type Handlers = Record<string, unknown[]>;

/**
 * The hooks of a plugin for these events, from all places where it has some. Without `configuration` as they are written.
 */
export async function collectHooks(
  {
    dir,
    manifest,
    configuration,
  }: Pick<ActivePlugin, 'dir' | 'manifest'> & Partial<Pick<ActivePlugin, 'configuration'>>,
  events: ReadonlySet<string>,
): Promise<Handlers> {
  const collected = new Map<string, unknown[]>();
  const options = configuration === undefined ? new Map<string, string>() : toUserOptions({ manifest, configuration });
  if (dir === null || events.size === 0) return {};
  for (const { file, hooks, serves } of listHookSources(manifest)) {
    const stated = file === undefined ? hooks : (await readJson(join(dir, file)))?.hooks;
    if (typeof stated !== 'object' || stated === null) continue;
    for (const [event, matchers] of Object.entries(stated)) {
      if (events.has(event) && serves(event) && Array.isArray(matchers))
        collected.set(event, [...(collected.get(event) ?? []), ...fillInHandlers(matchers, options)]);
    }
  }
  return Object.fromEntries(collected);
}

/** Undefined for what is not there, or no JSON: the registry told people of it when the plugin was taken in. */
async function readJson(path: string): Promise<{ hooks?: unknown } | null | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { hooks?: unknown } | null;
  } catch {
    return undefined;
  }
}
