import type { PluginProblem } from '../problem.ts';
import { addCommands } from './add-commands.ts';
import type { MarketplaceEntry } from './marketplace.ts';
import type { PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';

/**
 * A plugin's own manifest with what the entry of its marketplace says, as the CLI (2.1.332) puts them together: the entry's
 * words about the plugin hold, its commands, subagents and skills come in addition, its hooks stand in place of those of the
 * same event, and its version and servers mean nothing.
 * @param given `onlyStated` for a plugin that has only the skills of its entry
 */
export function addEntry(
  own: PluginManifest,
  given: { entry: MarketplaceEntry; files: PluginFiles; onlyStated?: boolean | undefined },
): { manifest: PluginManifest; problems: PluginProblem[] } {
  const { entry, files, onlyStated = false } = given;
  const { displayName, description, author, homepage, repository, license, keywords = [] } = entry.manifest;
  const { agents: moreAgents, skills: moreSkills, hooks, commands: moreCommands } = entry.manifest;
  const about = { displayName, description, author, homepage, repository, license };
  const stated = Object.entries(about).filter(([, value]) => value !== undefined && value !== '');
  const { agents = listMarkdown(files, 'agents/'), skills = [] } = own;
  const { commands, problems } =
    moreCommands === undefined ? { problems: [] } : addCommands(own.commands, moreCommands, files);
  const areEvents = hooks !== undefined && typeof hooks === 'object' && !Array.isArray(hooks);
  const manifest = {
    ...own,
    ...Object.fromEntries(stated),
    ...(keywords.length > 0 && { keywords }),
    ...(moreAgents !== undefined && { agents: [agents, moreAgents].flat() }),
    ...(moreSkills !== undefined && {
      skills: onlyStated ? moreSkills : [...new Set([skills, moreSkills].flat())],
    }),
    ...(commands !== undefined && { commands }),
    ...(areEvents && { entryHooks: hooks }),
  };
  const unread = hooks === undefined || areEvents ? [] : [toUnreadHooks(entry)];
  return { manifest, problems: [...problems, ...unread] };
}

function listMarkdown({ paths }: PluginFiles, folder: string): string[] {
  return paths.filter((path) => path.startsWith(folder) && path.endsWith('.md')).map((path) => `./${path}`);
}

function toUnreadHooks({ name, file }: MarketplaceEntry): PluginProblem {
  return {
    ...{ file, field: `plugins.${name}.hooks`, message: 'is a path or a list, which an entry may not have' },
    remedy: 'Write the events themselves here, or put them into hooks/hooks.json of the plugin',
  };
}
