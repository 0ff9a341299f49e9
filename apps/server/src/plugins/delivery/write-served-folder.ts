import { chmod, copyFile, link, mkdir, mkdtemp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';

import { isWithin } from '../../lib/is-within.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { collectHooks } from './collect-hooks.ts';
import { toOwnToolNames } from './own-tool-names.ts';
import { toPlainMarkdown } from './plain-frontmatter.ts';
import { fillIn, toUserOptions } from './user-options.ts';
import { isOneSkill, toServedHooks, type ServedFolder } from './served-folder.ts';

/**
 * What the CLI would read by itself from a plugin's own folder and must not: servers, settings, watchers and the like. It
 * puts `bin` into the PATH of every command (2.1.332). `.claude-plugin` and `hooks/hooks.json` are written new.
 */
const NOT_SERVED: ReadonlySet<string> = new Set([
  ...['.claude-plugin', 'hooks/hooks.json', '.mcp.json', '.lsp.json', 'settings.json', '.claude'],
  ...['monitors', 'output-styles', 'themes', 'workflows', 'channels', 'bin'],
]);
/** Only what is read by hand is rewritten; a larger file is no part of a plugin. */
const MAX_MARKDOWN_BYTES = 1024 * 1024;
const MARKDOWN = /\.md$/i;

/**
 * Puts together what the CLI may read of a plugin: its content, without hooks that were not granted and without what reaches
 * the agent by another way. Made once, in one step. Files are links to the content, which never changes, or written new.
 */
export async function writeServedFolder(plugin: ActivePlugin, { root, path }: ServedFolder): Promise<void> {
  const { contentDir, dir } = plugin;
  if (contentDir === null || dir === null || (await isFolder(root))) return;
  await mkdir(dirname(root), { recursive: true, mode: 0o755 });
  const staged = await mkdtemp(`${root}.`);
  try {
    const own = join(staged, relative(root, path));
    if (plugin.skillDirs !== undefined) await copySkills(plugin.skillDirs, staged);
    else if (isOneSkill(plugin)) await copySkill(plugin, dir, staged);
    else
      await copyTree(contentDir, staged, {
        pluginDir: dir,
        skills: listSkillFiles(plugin),
        options: toUserOptions(plugin),
        toOwnNames: toOwnToolNames(plugin),
      });
    await writeManifest(plugin, own);
    // Agents, which may be another user, read it.
    await chmod(staged, 0o755);
    await rename(staged, root).catch(async (error: unknown) => {
      // Somebody else made it meanwhile.
      if (!(await isFolder(root))) throw error;
    });
  } finally {
    await removeTree(staged);
  }
}

interface CopyOptions {
  pluginDir: string;
  skills: ReadonlySet<string> | null;
  /** What stands for `${user_config.NAME}`. */
  options: ReadonlyMap<string, string>;
  toOwnNames(text: string): string;
}

async function copySkill(plugin: ActivePlugin, dir: string, staged: string): Promise<void> {
  const { parts } = plugin;
  const { name } = parts.find(({ kind }) => kind === 'skill') ?? { name: 'skill' };
  const to = join(staged, 'skills', name.replaceAll(/[^\w-]/g, '-'));
  await mkdir(to, { recursive: true, mode: 0o755 });
  const toOwnNames = toOwnToolNames(plugin);
  await copyTree(dir, to, { pluginDir: dir, skills: null, options: toUserOptions(plugin), toOwnNames });
}

async function copySkills(dirs: Readonly<Record<string, string>>, staged: string): Promise<void> {
  for (const [name, dir] of Object.entries(dirs)) {
    if (!(await isFolder(dir))) throw new Error(`The content of its skill ${name} is not on this server`);
    const to = join(staged, 'skills', name);
    await mkdir(to, { recursive: true, mode: 0o755 });
    await copyTree(dir, to, { pluginDir: dir, skills: null, options: new Map(), toOwnNames: (text) => text });
  }
}

/** Null where the parts do not say their files. */
function listSkillFiles({ parts }: ActivePlugin): ReadonlySet<string> | null {
  const files = parts.flatMap(({ kind, file }) => (kind === 'skill' && file !== undefined ? [file] : []));
  return files.length === 0 ? null : new Set(files);
}

/** @param of `skills`: the files of the plugin's skills. Another `SKILL.md` belongs to another plugin of its marketplace. */
async function copyTree(from: string, to: string, of: CopyOptions): Promise<void> {
  const { pluginDir, skills } = of;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const inPlugin = relative(pluginDir, source);
    if (isWithin(pluginDir, source) && NOT_SERVED.has(inPlugin)) continue;
    if (skills !== null && /^skills\/[^/]+\/SKILL\.md$/.test(inPlugin) && !skills.has(inPlugin)) continue;
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o755 });
      await copyTree(source, target, of);
    } else if (MARKDOWN.test(entry.name)) await writeMarkdown(source, target, of);
    else await linkFile(source, target);
  }
}

async function writeMarkdown(source: string, target: string, { options, toOwnNames }: CopyOptions): Promise<void> {
  if ((await stat(source)).size > MAX_MARKDOWN_BYTES) return;
  const text = toPlainMarkdown(toOwnNames(await readFile(source, 'utf8')), (body) => fillIn(body, options));
  if (text !== undefined) await writeFile(target, text, { mode: 0o644 });
}

async function linkFile(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch {
    // A file system without links.
    await copyFile(source, target);
  }
}

async function writeManifest(plugin: ActivePlugin, dir: string): Promise<void> {
  const { name, version, manifest } = plugin;
  const { description, skills, agents, commands } = manifest;
  const from = plugin.dir ?? dir;
  const served = {
    // Unique, unlike the plugin's own: what it brings is called by it.
    name,
    ...(version !== null && { version }),
    ...(description !== undefined && { description }),
    ...(skills !== undefined && !isOneSkill(plugin) && { skills: await toServedPaths(skills, from) }),
    ...(agents !== undefined && { agents: await toServedPaths(agents, from) }),
    ...(commands !== undefined && { commands: await toServedCommands(plugin, from) }),
  };
  await writeJson(join(dir, '.claude-plugin', 'plugin.json'), served);
  const hooks = await collectHooks(plugin, new Set(toServedHooks(plugin)));
  if (Object.keys(hooks).length === 0) return;
  const named = JSON.parse(toOwnToolNames(plugin)(JSON.stringify({ hooks }))) as unknown;
  await writeJson(join(dir, 'hooks', 'hooks.json'), named);
}

async function toServedCommands(plugin: ActivePlugin, dir: string): Promise<unknown> {
  const { commands = [] } = plugin.manifest;
  const options = toUserOptions(plugin);
  const toOwnNames = toOwnToolNames(plugin);
  if (typeof commands === 'string' || Array.isArray(commands)) return toServedPaths(commands, dir);
  const served: [string, object][] = [];
  for (const [name, command] of Object.entries(commands)) {
    const content =
      command.content === undefined
        ? undefined
        : toPlainMarkdown(toOwnNames(command.content), (body) => fillIn(body, options));
    if (command.content !== undefined && content === undefined) continue;
    if (command.source !== undefined && !(await mayBeRead(dir, command.source))) continue;
    served.push([name, { ...command, ...(content !== undefined && { content }) }]);
  }
  return Object.fromEntries(served);
}

async function toServedPaths(paths: string | string[], dir: string): Promise<string[]> {
  const served: string[] = [];
  for (const path of [paths].flat()) if (await mayBeRead(dir, path)) served.push(toStated(path));
  return served;
}

/** The CLI takes a file for Markdown whatever its name is; only `.md` files are rewritten. */
async function mayBeRead(dir: string, path: string): Promise<boolean> {
  return MARKDOWN.test(path) || (await isFolder(join(dir, path)));
}

/** Claude Code wants paths that begin with `./`. */
function toStated(path: string): string {
  return path.startsWith('./') ? path : `./${posix.normalize(path)}`;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o755 });
  await writeFile(path, JSON.stringify(value, null, 2), { mode: 0o644 });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
