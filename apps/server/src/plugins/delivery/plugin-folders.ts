import { makeRoom } from '../../lib/make-room.ts';
import type { ActivePlugin, PluginSet } from '../plugin-set.ts';
import { toServedFolder, type ServedFolder } from './served-folder.ts';
import { writeServedFolder } from './write-served-folder.ts';

/** What became of a folder that a process needs. */
export type PreparedFolder = { path: string; root: string } | { path: string; problem: string };

/** Makes the folders that agent processes read plugins from. */
export interface PluginFolders {
  /** @param paths Of `toServedFolder`. A folder that cannot be made does not keep the others from being used. */
  prepare(paths: readonly string[]): Promise<PreparedFolder[]>;
}

/** For a process without plugins. */
export const NO_PLUGIN_FOLDERS: PluginFolders = { prepare: () => Promise.resolve([]) };

/** Most folders that are remembered: a process asks for those of the plugin set that it was planned with. */
const MAX_REMEMBERED = 1000;

export function createPluginFolders(plugins: Pick<PluginSet, 'current' | 'onChanged' | 'findOfAgent'>): PluginFolders {
  const known = new Map<string, { plugin: ActivePlugin; folder: ServedFolder; made?: Promise<void> }>();
  const note = (plugin: ActivePlugin) => {
    const folder = toServedFolder(plugin);
    if (folder === undefined || known.has(folder.path)) return;
    makeRoom(known, MAX_REMEMBERED);
    known.set(folder.path, { plugin, folder });
  };
  const remember = () => plugins.current.forEach(note);
  const find = (path: string) => {
    const plugin = known.has(path) ? undefined : plugins.findOfAgent(path);
    if (plugin !== undefined) note(plugin);
    return known.get(path);
  };
  remember();
  plugins.onChanged(remember);

  return {
    prepare: (paths) =>
      Promise.all(
        paths.map(async (path): Promise<PreparedFolder> => {
          const found = find(path);
          if (found === undefined) return { path, problem: 'It is not active any more' };
          try {
            // It may have been removed since it was made last.
            found.made ??= writeServedFolder(found.plugin, found.folder).finally(() => delete found.made);
            await found.made;
            return { path, root: found.folder.root };
          } catch (error) {
            return { path, problem: error instanceof Error ? error.message : 'Its folder could not be made' };
          }
        }),
      ),
  };
}
