import type { PluginFolders } from '../plugins/delivery/plugin-folders.ts';
import { AGENT_PLUGIN } from '../plugins/skills/agent-plugin.ts';
import type { McpNotice } from './mcp/mcp-notices.ts';
import type { ProcessPlugin, ProfileSettings } from './options/profile-settings.ts';

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
  { plugins, missingSkills = [] }: Pick<ProfileSettings, 'plugins' | 'missingSkills'>,
): Promise<PreparedPlugins> {
  const paths = plugins.flatMap(({ path }) => (path === null ? [] : [path]));
  const prepared = new Map((await folders.prepare(paths)).map((folder) => [folder.path, folder]));
  const result: PreparedPlugins = { served: [], readableDirs: [], notices: [] };
  for (const skill of missingSkills) {
    const text = `The agent's skill ${skill} is missing here: it was deleted, or no active plugin brings it.`;
    result.notices.push({ level: 'warning', text });
  }
  for (const plugin of plugins) {
    const folder = plugin.path === null ? undefined : prepared.get(plugin.path);
    if (folder !== undefined && 'problem' in folder) {
      const text =
        plugin.name === AGENT_PLUGIN
          ? `The agent's skills are missing here: ${folder.problem}.`
          : `The plugin ${plugin.name} is missing here: ${folder.problem}. Its skills, commands and hooks do not run.`;
      result.notices.push({ level: 'warning', text });
      result.served.push({ ...plugin, path: null, hooks: [] });
      continue;
    }
    if (folder !== undefined) result.readableDirs.push(folder.root);
    result.served.push(plugin);
  }
  return result;
}
