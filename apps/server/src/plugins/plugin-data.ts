import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { measureFolders } from '../agent-files/measure-folders.ts';
import { removeTree } from '../lib/remove-tree.ts';

/**
 * The folders in which MCP servers of plugins keep what lasts over sessions and versions: one for each plugin, the same for
 * every session. A server that needs it makes it.
 */
export interface PluginData {
  /** Absolute. */
  toDir(name: string): string;
  /** Bytes on disk as last measured; 0 until then, and where there is no folder. */
  sizeOf(name: string): number;
  /** Measures them one after the other. Never rejects. */
  measure(names: Iterable<string>, signal: AbortSignal): Promise<void>;
  remove(name: string): Promise<void>;
}

export function createPluginData(dir: string): PluginData {
  const toDir = (name: string) => join(dir, name);
  const sizes = new Map<string, number>();
  return {
    toDir,
    sizeOf: (name) => sizes.get(name) ?? 0,
    async measure(names, signal) {
      for (const name of names) {
        const isThere = await stat(toDir(name)).catch(() => undefined);
        const measured = isThere && (await measureFolders([toDir(name)], signal).catch(() => undefined));
        if (measured === undefined) sizes.delete(name);
        else sizes.set(name, measured.bytes);
      }
    },
    async remove(name) {
      sizes.delete(name);
      await removeTree(toDir(name));
    },
  };
}
