import { lstat, readdir } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { openFolder, type Folder } from '../../agent-files/folder.ts';
import { inspectPlugin } from '../manifest/inspect-plugin.ts';
import { createPluginFiles } from '../manifest/plugin-files.ts';
import type { PluginPart } from '../plugin-set.ts';
import type { PluginProblem } from '../problem.ts';
import { toRegistryName } from '../registry-name.ts';

/** A folder in a watched place that could be taken in, or what keeps it from that. */
export interface DiscoveredPlugin {
  name: string;
  path: string;
  version: string | null;
  parts: PluginPart[];
  problems: PluginProblem[];
  /** Whether it can be taken in. */
  isUsable: boolean;
}

export interface Discovery {
  /** Looks again; folders that have not changed are not read again. */
  look(): Promise<DiscoveredPlugin[]>;
}

const MAX_FOLDERS = 1000;
const MAX_FILES = 20_000;

/** Looks for plugins in folders of the server. A folder that is not there has none. */
export function createDiscovery(dirs: readonly string[]): Discovery {
  let known = new Map<string, { stamp: string; plugin: DiscoveredPlugin }>();
  return {
    async look() {
      const next: typeof known = new Map();
      for (const path of await listFolders(dirs)) {
        const stamp = await toStamp(path);
        const before = known.get(path);
        next.set(path, before?.stamp === stamp ? before : { stamp, plugin: await inspect(path) });
      }
      known = next;
      return [...next.values()].map(({ plugin }) => plugin);
    },
  };
}

async function listFolders(dirs: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const dir of dirs) {
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const isPlugin = entry.isDirectory() && !entry.name.startsWith('.');
      if (isPlugin && found.length < MAX_FOLDERS) found.push(join(dir, entry.name));
    }
  }
  return found.toSorted();
}

/** Changes when the folder, its manifest or what lies directly in it changes. */
async function toStamp(path: string): Promise<string> {
  const looked = ['', '.claude-plugin', '.claude-plugin/plugin.json', '.mcp.json', 'SKILL.md', 'skills', 'hooks'];
  const stats = await Promise.all(looked.map((each) => lstat(join(path, each)).catch(() => undefined)));
  return stats.map((each) => each?.mtimeMs ?? '').join(' ');
}

async function inspect(path: string): Promise<DiscoveredPlugin> {
  const fallbackName = basename(path);
  try {
    const files = createPluginFiles(path, await listPaths(path));
    const found = await inspectPlugin(files, { fallbackName });
    if ('elsewhere' in found) return toUnusable(path, []);
    const { manifest, parts, problems } = found;
    const { version = null, name } = manifest;
    return { name: toRegistryName(name), path, version, parts, problems, isUsable: true };
  } catch (error) {
    const problems =
      error instanceof CspError ? (error.details?.['problems'] as PluginProblem[] | undefined) : undefined;
    const unread = { file: null, field: null, message: 'cannot be read', remedy: 'Look at the folder on the server' };
    return toUnusable(path, problems ?? [unread]);
  }
}

function toUnusable(path: string, problems: PluginProblem[]): DiscoveredPlugin {
  const name =
    basename(path)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'unnamed';
  return { name: name.slice(0, 64), path, version: null, parts: [], problems, isUsable: false };
}

async function listPaths(path: string): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (folder: Folder, at: string, depth: number): Promise<void> => {
    for await (const { name, kind } of folder.list()) {
      if (name === '.git' || paths.length >= MAX_FILES) continue;
      if (kind === 'file') paths.push(posix.join(at, name));
      if (kind !== 'folder' || depth === 0) continue;
      await using inner = await folder.openFolder(name);
      await walk(inner, posix.join(at, name), depth - 1);
    }
  };
  await using folder = await openFolder(path);
  await walk(folder, '.', 20);
  return paths;
}
