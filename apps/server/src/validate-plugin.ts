import { join } from 'node:path';

import { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';

import { createContentStore } from './plugins/content/content-store.ts';
import type { PluginGrants, PluginPart } from './plugins/plugin-set.ts';
import { toRefusal, type PluginProblem } from './plugins/problem.ts';
import { takeIn } from './plugins/sources/take-in.ts';

export interface ValidatedPlugin {
  /** In the registry. */
  name: string;
  version: string | null;
  /** SHA-256 of its content in hexadecimal digits, as the registry has it. */
  digest: string;
  parts: readonly PluginPart[];
  /** Paths of its TypeScript modules, as the manifest has them. */
  modules: readonly string[];
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
 * @param options.runsModules Runs its TypeScript modules too, in threads of this process and with its rights, and refuses what
 * they do not define as the manifest says.
 * @throws CspError `invalid_request` with `details.problems`, for what a server refuses or could not offer. Error with the
 * place in the module, where one does not load
 */
export async function validatePlugin(
  path: string,
  {
    plugin,
    isArchive,
    runsModules = false,
  }: { plugin?: string | undefined; isArchive: boolean; runsModules?: boolean },
): Promise<ValidatedPlugin> {
  const incoming = isArchive
    ? ({ type: 'archive', path, filename: path, plugin } as const)
    : ({ type: 'path', path, ...(plugin !== undefined && { plugin }) } as const);
  await using taken = await takeIn(incoming, {
    content: createContentStore(join(NOWHERE, 'plugins')),
    ...{ limits: LIMITS, ownDirs: [NOWHERE], pluginDirs: [], toolEnvironment: {} },
  });
  const { version, digest, root, parts, requires, problems, manifest } = taken.release;
  const { tools, endpoints, hooks } = manifest.csp ?? {};
  const modules = [tools, endpoints, hooks].flatMap((each) => each?.module ?? []);
  if (runsModules && modules.length > 0 && taken.path !== undefined)
    await refuseUnlikeManifest(join(taken.path, root ?? ''), modules);
  return { name: taken.name, version, digest, parts, modules, requires, problems };
}

async function refuseUnlikeManifest(dir: string, modules: readonly string[]): Promise<void> {
  await using opened = await openPlugin(dir);
  const file = new Set(modules).size === 1 ? (modules[0] ?? null) : null;
  const remedy = 'Correct the module, or csp in .claude-plugin/plugin.json';
  if (opened.problems.length > 0)
    throw toRefusal(opened.problems.map((message) => ({ file, field: null, message, remedy })));
}
