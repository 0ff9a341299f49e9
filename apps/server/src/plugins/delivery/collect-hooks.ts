import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ActivePlugin } from '../plugin-set.ts';
import { fillInHandlers, toUserOptions } from './user-options.ts';

type Handlers = Record<string, unknown[]>;

/**
 * The hooks of a plugin for these events: of `hooks/hooks.json`, and of where its manifest says. Without `configuration` as
 * they are written.
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
  const take = (hooks: unknown) => {
    if (typeof hooks !== 'object' || hooks === null) return;
    for (const [event, matchers] of Object.entries(hooks)) {
      if (events.has(event) && Array.isArray(matchers))
        collected.set(event, [...(collected.get(event) ?? []), ...fillInHandlers(matchers, options)]);
    }
  };
  if (dir === null || events.size === 0) return {};
  const files = new Set(['hooks/hooks.json']);
  for (const stated of [manifest.hooks ?? []].flat()) {
    if (typeof stated === 'string') files.add(stated.replace(/^\.\//, ''));
    else take(stated);
  }
  for (const file of files) take(((await readJson(join(dir, file))) as { hooks?: unknown } | undefined)?.hooks);
  return Object.fromEntries(collected);
}

/** Undefined for what is not there, or no JSON: the registry told people of it when the plugin was taken in. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
