import type { PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';

/**
 * A plugin's own manifest with what the entry of its marketplace says, as the CLI (2.1.332) puts them together: the entry's
 * words about the plugin hold, its parts come in addition, and its version and servers mean nothing.
 * @param given `onlyStated` for a plugin that has only the skills of its entry
 */
export function addEntry(
  own: PluginManifest,
  given: { entry?: PluginManifest | undefined; files: PluginFiles; onlyStated?: boolean },
): PluginManifest {
  const { entry, files, onlyStated = false } = given;
  if (entry === undefined) return own;
  const { displayName, description, author, homepage, repository, license, keywords = [] } = entry;
  const about = { displayName, description, author, homepage, repository, license };
  const stated = Object.entries(about).filter(([, value]) => value !== undefined && value !== '');
  const inFolder = (folder: string) =>
    files.paths.filter((path) => path.startsWith(folder) && path.endsWith('.md')).map((path) => `./${path}`);
  const { agents = inFolder('agents/'), skills = [], hooks = [] } = own;
  return {
    ...own,
    ...Object.fromEntries(stated),
    ...(keywords.length > 0 && { keywords }),
    ...(entry.agents !== undefined && { agents: [agents, entry.agents].flat() }),
    ...(entry.skills !== undefined && { skills: onlyStated ? entry.skills : [skills, entry.skills].flat() }),
    ...(entry.hooks !== undefined && { hooks: [hooks, entry.hooks].flat() }),
    ...(entry.commands !== undefined && {
      commands: addCommands(own.commands ?? (inFolder('commands/').length > 0 ? './commands' : []), entry.commands),
    }),
  };
}

type Commands = NonNullable<PluginManifest['commands']>;

function addCommands(own: Commands, more: Commands): Commands {
  if (areNamed(own)) return areNamed(more) ? { ...own, ...more } : own;
  return areNamed(more) ? more : [own, more].flat();
}

function areNamed(commands: Commands): commands is Exclude<Commands, string | string[]> {
  return typeof commands === 'object' && !Array.isArray(commands);
}
