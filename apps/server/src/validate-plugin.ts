import { join } from 'node:path';

import { createContentStore } from './plugins/content/content-store.ts';
import type { PluginGrants, PluginPart } from './plugins/plugin-set.ts';
import type { PluginProblem } from './plugins/problem.ts';
import { takeIn } from './plugins/sources/take-in.ts';

export interface ValidatedPlugin {
  /** In the registry. */
  name: string;
  version: string | null;
  parts: readonly PluginPart[];
  requires: PluginGrants;
  /** What does not keep it from being used. */
  problems: readonly PluginProblem[];
}

const LIMITS = { maxBytes: 512 * 1024 * 1024, maxFiles: 50_000 };
/** Where no data directory is. */
const NOWHERE = '/dev/null/data';

/**
 * Checks a folder, an archive or an `.mcp.json` as a server would when it takes the plugin in, without a server.
 * @param path absolute
 * @throws CspError `invalid_request` with `details.problems`, for what a server refuses
 */
export async function validatePlugin(
  path: string,
  { plugin, isArchive }: { plugin?: string | undefined; isArchive: boolean },
): Promise<ValidatedPlugin> {
  const incoming = isArchive
    ? ({ type: 'archive', path, filename: path, plugin } as const)
    : ({ type: 'path', path, ...(plugin !== undefined && { plugin }) } as const);
  await using taken = await takeIn(incoming, {
    content: createContentStore(join(NOWHERE, 'plugins')),
    ...{ limits: LIMITS, dataDir: NOWHERE, pluginDirs: [], toolEnvironment: {} },
  });
  const { version, parts, requires, problems } = taken.release;
  return { name: taken.name, version, parts, requires, problems };
}
