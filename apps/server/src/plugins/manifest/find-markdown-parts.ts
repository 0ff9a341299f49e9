import { posix } from 'node:path';

import type { PluginPart } from '../plugin-set.ts';
import type { PluginProblem } from '../problem.ts';
import { toListedChars } from '../skills/listed-skills.ts';
import { toStart, type PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import { readFrontmatter } from './read-frontmatter.ts';

export interface FoundParts {
  parts: PluginPart[];
  problems: PluginProblem[];
}

const SKILL_FILE = 'SKILL.md';
/** Of the Agent Skills specification. */
const MAX_DESCRIPTION_CHARS = 1024;

/**
 * The skills of a plugin: in `skills/`, and where its manifest says. A skill has the name of its folder.
 * @param options `onlyStated` leaves `skills/` out, as for a plugin that shares its folder with a marketplace
 */
export async function findSkills(
  files: PluginFiles,
  manifest: PluginManifest,
  { onlyStated = false } = {},
): Promise<FoundParts> {
  const found: FoundParts = { parts: [], problems: [] };
  const skillFiles = new Map<string, string>();
  for (const folder of [...(onlyStated ? [] : ['skills']), ...toList(manifest.skills)]) {
    const start = toStart(folder);
    const own = files.has(`${start}${SKILL_FILE}`) ? [`${start}${SKILL_FILE}`] : [];
    const inner = files.paths.filter((path) => path.startsWith(start) && isSkillBelow(path.slice(start.length)));
    if (own.length + inner.length === 0 && folder !== 'skills')
      found.problems.push(toMissing('skills', folder, SKILL_FILE));
    for (const path of own.length > 0 ? own : inner)
      skillFiles.set(path, path === SKILL_FILE ? manifest.name : posix.basename(posix.dirname(path)));
  }
  for (const [file, name] of skillFiles) {
    const read = await readFrontmatter(files, file);
    if (read.ok && read.problem !== undefined) found.problems.push(read.problem);
    const problem = read.ok ? findSkillProblem(file, read.fields ?? {}) : { ...read.problem, isFatal: true };
    if (problem !== undefined) {
      const { isFatal, ...shown } = problem;
      found.problems.push(shown);
      if (isFatal) continue;
    }
    if (read.ok && read.fields?.['hooks'] !== undefined) found.problems.push(toUnusedHooks(file));
    found.parts.push({ kind: 'skill', name, file, ...toListing(name, (read.ok && read.fields) || {}) });
  }
  return found;
}

/** The slash commands of a plugin: in `commands/`, or instead where its manifest says. Folders are part of the name. */
export async function findCommands(files: PluginFiles, manifest: PluginManifest): Promise<FoundParts> {
  const found: FoundParts = { parts: [], problems: [] };
  const { commands } = manifest;
  if (typeof commands === 'object' && !Array.isArray(commands)) {
    for (const [name, command] of Object.entries(commands)) await addNamed(files, { name, ...command }, found);
    return found;
  }
  for (const { file, name } of listMarkdown(
    files,
    { stated: commands, folder: 'commands', field: 'commands' },
    found,
  )) {
    const read = await readFrontmatter(files, file);
    if (read.ok) found.parts.push({ kind: 'command', name, file, ...toListing(name, read.fields ?? {}) });
    if (read.problem !== undefined) found.problems.push(read.problem);
  }
  return found;
}

/** A command that the manifest names, with its text or where that is. What the manifest says of it holds. */
async function addNamed(
  files: PluginFiles,
  command: {
    name: string;
    source?: string | undefined;
    content?: string | undefined;
    description?: string | undefined;
  },
  { parts, problems }: FoundParts,
): Promise<void> {
  const { name, source, content = '', description } = command;
  const isMarkdown = source !== undefined && /\.md$/i.test(source) && files.has(source);
  const file = source === undefined || isMarkdown ? source : `${source}/${SKILL_FILE}`;
  if (file !== undefined && !files.has(file)) return void problems.push(toMissing(`commands.${name}`, source, '.md'));
  const inline = { ...files, read: () => Promise.resolve(Buffer.from(content)) };
  const read = await (file === undefined ? readFrontmatter(inline, `commands.${name}`) : readFrontmatter(files, file));
  if (read.problem !== undefined) problems.push(read.problem);
  const fields = { ...(read.ok && read.fields), ...(description !== undefined && { description }) };
  const place = source === undefined ? {} : { file: posix.normalize(source) };
  parts.push({ kind: 'command', name, ...place, ...toListing(name, fields) });
}

/** The subagents of a plugin: in `agents/`, or instead where its manifest says. */
export async function findAgents(files: PluginFiles, manifest: PluginManifest): Promise<FoundParts> {
  const found: FoundParts = { parts: [], problems: [] };
  for (const { file, name } of listMarkdown(
    files,
    { stated: manifest.agents, folder: 'agents', field: 'agents' },
    found,
  )) {
    const read = await readFrontmatter(files, file);
    const own = read.ok ? read.fields?.['name'] : undefined;
    if (read.problem !== undefined) found.problems.push(read.problem);
    if (read.ok && typeof read.fields?.['description'] !== 'string')
      found.problems.push(toNoDescription(file, 'the agent cannot know when to use it'));
    if (read.ok) found.parts.push({ kind: 'agent', name: typeof own === 'string' && own !== '' ? own : name, file });
  }
  return found;
}

/** How much of the list of skills it takes. The CLI (2.1.332) lists none without a description. */
function toListing(name: string, fields: Readonly<Record<string, unknown>>): Partial<PluginPart> {
  const listedChars = toListedChars(fields);
  if (listedChars === undefined) return {};
  const { name: own } = fields;
  return { listedChars, ...(typeof own === 'string' && own !== '' && own !== name && { listedAs: own }) };
}

function isSkillBelow(path: string): boolean {
  const [folder, file, ...rest] = path.split('/');
  return folder !== undefined && file === SKILL_FILE && rest.length === 0;
}

function findSkillProblem(
  file: string,
  { name, description }: Readonly<Record<string, unknown>>,
): (PluginProblem & { isFatal: boolean }) | undefined {
  if (name !== undefined && typeof name !== 'string')
    return { file, field: 'name', message: 'is no text', remedy: 'Write the name as a text', isFatal: false };
  const consequence = 'the agent is not told of the skill, which people can call all the same';
  if (description === undefined || description === null || description === '')
    return { ...toNoDescription(file, consequence), isFatal: false };
  if (typeof description === 'object')
    return {
      ...{ file, field: 'description', message: `is no text, so that ${consequence}` },
      ...{ remedy: 'Put it in quotes', isFatal: false },
    };
  if (typeof description === 'string' && description.length > MAX_DESCRIPTION_CHARS)
    return {
      ...{ file, field: 'description', message: `is longer than ${MAX_DESCRIPTION_CHARS} characters` },
      ...{ remedy: 'Make it shorter: descriptions of all skills share a budget', isFatal: false },
    };
  return undefined;
}

/** The Markdown files of the places that a manifest states, or of the folder where it states none, with their names. */
export function listMarkdown(
  files: PluginFiles,
  { stated, folder, field }: { stated: string | string[] | undefined; folder: string; field: string },
  found: FoundParts,
): { file: string; name: string }[] {
  const listed = new Map<string, string>();
  for (const place of stated === undefined ? [folder] : toList(stated)) {
    const start = toStart(place);
    const inFolder = files.paths.filter((path) => path.startsWith(start) && path.endsWith('.md'));
    if (files.has(place) && place.endsWith('.md')) listed.set(posix.normalize(place), posix.basename(place, '.md'));
    else if (files.has(`${start}${SKILL_FILE}`)) listed.set(`${start}${SKILL_FILE}`, posix.basename(place));
    else if (inFolder.length === 0 && stated !== undefined) found.problems.push(toMissing(field, place, '.md'));
    else {
      const named = inFolder.map((file) => ({
        file,
        name: file.slice(start.length, -'.md'.length).replaceAll('/', ':'),
      }));
      for (const { file, name } of named.toSorted((a, b) => (a.name < b.name ? -1 : 1))) listed.set(file, name);
    }
  }
  return [...listed].map(([file, name]) => ({ file, name }));
}

function toList(paths: string | string[] | undefined): string[] {
  return paths === undefined ? [] : [paths].flat();
}

function toMissing(field: string, path: string | undefined, what: string): PluginProblem {
  return {
    ...{ file: '.claude-plugin/plugin.json', field },
    message: `names ${path ?? 'nothing'}, where no ${what} is`,
    remedy: 'Correct the path, or add the file',
  };
}

/** Nobody could grant them one by one, as those of the plugin. */
function toUnusedHooks(file: string): PluginProblem {
  return {
    ...{ file, field: 'hooks', message: 'are not run for a skill alone' },
    remedy: 'Move them to hooks/hooks.json, where they can be granted',
  };
}

function toNoDescription(file: string, consequence: string): PluginProblem {
  return {
    file,
    field: 'description',
    message: `is missing, so that ${consequence}`,
    remedy: 'Add it to the frontmatter',
  };
}
