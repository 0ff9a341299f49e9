import type { PluginFolders } from '../plugins/delivery/plugin-folders.ts';
import type { McpNotice } from './mcp/mcp-notices.ts';
import type { ProcessPlugin } from './options/profile-settings.ts';

/** What a process can use of the plugins in its settings. */
export interface PreparedPlugins {
  served: ProcessPlugin[];
  /** Folders that the process has to be able to read. */
  readableDirs: string[];
  /** For people: what is missing. */
  notices: McpNotice[];
}

/** Makes the folders of plugins that a process reads. A plugin whose folder cannot be made is missing, and people are told. */
export async function preparePlugins(
  folders: PluginFolders,
  plugins: readonly ProcessPlugin[],
): Promise<PreparedPlugins> {
  const paths = plugins.flatMap(({ path }) => (path === null ? [] : [path]));
  const prepared = new Map((await folders.prepare(paths)).map((folder) => [folder.path, folder]));
  const result: PreparedPlugins = { served: [], readableDirs: [], notices: [] };
  for (const plugin of plugins) {
    const folder = plugin.path === null ? undefined : prepared.get(plugin.path);
    if (folder !== undefined && 'problem' in folder) {
      const text = `The plugin ${plugin.name} is missing here: ${folder.problem}. Its skills, commands and hooks do not run.`;
      result.notices.push({ level: 'warning', text });
      result.served.push({ ...plugin, path: null, hooks: [] });
      continue;
    }
    if (folder !== undefined) result.readableDirs.push(folder.root);
    result.served.push(plugin);
  }
  return result;
}
