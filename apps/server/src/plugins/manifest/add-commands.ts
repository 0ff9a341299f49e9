import { posix } from 'node:path';

import type { PluginProblem } from '../problem.ts';
import { listMarkdown } from './find-markdown-parts.ts';
import type { PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';

type Commands = NonNullable<PluginManifest['commands']>;
type Named = Exclude<Commands, string | string[]>;

const FOLDER = './commands';

/**
 * The commands of a plugin and of its entry in a marketplace, which add up (CLI 2.1.332), whether they are listed or named.
 * The entry may name files only.
 * @param own Undefined for a plugin that has those of its folder.
 */
export function addCommands(
  own: Commands | undefined,
  more: Commands,
  files: PluginFiles,
): { commands: Commands; problems: PluginProblem[] } {
  const before = own ?? (files.paths.some((path) => path.startsWith('commands/')) ? FOLDER : []);
  if (!areNamed(before) && !areNamed(more)) return { commands: [before, more].flat(), problems: [] };
  const withSource = areNamed(more) ? Object.entries(more).filter(([, { source }]) => source !== undefined) : [];
  const named: Named = { ...(areNamed(before) && before), ...Object.fromEntries(withSource) };
  const sources = new Set(Object.values(named).flatMap(({ source }) => (source ? [posix.normalize(source)] : [])));
  const found = { parts: [], problems: [] };
  for (const listed of [before, more]) {
    if (areNamed(listed)) continue;
    for (const { file, name } of listMarkdown(files, { stated: listed, folder: FOLDER, field: 'commands' }, found))
      if (!sources.has(file)) named[name] ??= { source: `./${file}` };
  }
  return { commands: named, problems: found.problems };
}

function areNamed(commands: Commands): commands is Named {
  return typeof commands === 'object' && !Array.isArray(commands);
}
