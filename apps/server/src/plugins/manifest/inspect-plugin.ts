import { posix } from 'node:path';

import type { PluginGrants, PluginPart } from '../plugin-set.ts';
import { toRefusal, type PluginProblem } from '../problem.ts';
import { addEntry } from './add-entry.ts';
import { findSchemaProblem } from './configuration-schema.ts';
import { findHooks } from './find-hooks.ts';
import { findAgents, findCommands, findSkills } from './find-markdown-parts.ts';
import { findMcpServers } from './find-mcp-servers.ts';
import { findMarketplaceFile, readMarketplace, type Elsewhere, type MarketplaceEntry } from './marketplace.ts';
import type { McpServerConfig } from './mcp-server-config.ts';
import type { PluginFiles } from './plugin-files.ts';
import { pluginManifest, type PluginManifest } from './plugin-manifest.ts';
import { readBundle } from './read-bundle.ts';
import { readFrontmatter } from './read-frontmatter.ts';
import { readJson } from './read-json.ts';
import { listSecrets } from './references.ts';
import { toProblems } from './to-problems.ts';

/** What a folder is as a plugin. */
export interface Inspection {
  /** What it is called: by the entry of a marketplace, or by itself. */
  name: string;
  manifest: PluginManifest;
  /** The plugin's own folder in the content; empty for all of it. */
  root: string;
  mcpServers: Record<string, McpServerConfig>;
  parts: PluginPart[];
  /** What it asks an administrator to grant. */
  requires: PluginGrants;
  /** What does not keep it from being used. */
  problems: PluginProblem[];
}

export interface InspectOptions {
  /** For a plugin whose files do not say its name. */
  fallbackName: string;
  /** Which plugin of a marketplace. */
  plugin?: string | undefined;
  /** For a folder that is no plugin by itself, such as a package with an MCP server. */
  manifestIfNone?: PluginManifest | undefined;
  /** Of the marketplace that led to the folder: it is a plugin then, and no marketplace. */
  entry?: MarketplaceEntry | undefined;
}

const MAX_NAMED = 20;
const MANIFEST = '.claude-plugin/plugin.json';
/** Manifest fields of Claude Code that mean nothing here. */
const UNUSED = [
  ...['lspServers', 'outputStyles', 'themes', 'monitors', 'workflows', 'channels', 'settings', 'binaries'],
  ...['experimental', 'dependencies'],
] as const;
/** What an entry of a marketplace may add to a plugin. */
const COMPONENTS = ['commands', 'agents', 'skills', 'hooks', 'outputStyles', 'themes'] as const;
const FORMS =
  'a folder with .claude-plugin/plugin.json, .claude-plugin/marketplace.json, .mcp.json, SKILL.md, folders that have a SKILL.md, or an MCP bundle';

/**
 * Finds out what a folder is as a plugin: one for Claude Code with or without a manifest, a plugin of a marketplace, an
 * `.mcp.json`, an MCP bundle, a skill or a folder of skills.
 * @returns For a plugin that a marketplace only points to, where it is, and its entry, with which it is to be inspected there.
 * @throws CspError `invalid_request` with the problems, for what cannot be used at all.
 */
export async function inspectPlugin(
  files: PluginFiles,
  options: InspectOptions,
): Promise<Inspection | { elsewhere: Elsewhere; entry: MarketplaceEntry }> {
  if (options.entry !== undefined) return inspectFolder(files, '', options);
  const top = findTop(files);
  const content = files.within(top);
  const marketplace = findMarketplaceFile(content);
  if (marketplace === undefined || (options.plugin === undefined && content.has(MANIFEST)))
    return inspectFolder(content, top, options);
  const { entry, source } = await readMarketplace(content, marketplace, options.plugin);
  if ('elsewhere' in source) return { ...source, entry };
  const root = posix.join(top, source.folder);
  const inner = content.within(source.folder);
  if (inner.paths.length === 0)
    throw toRefusal([
      {
        ...{ file: marketplace, field: 'plugins' },
        message: `names the folder ${source.folder}, which does not exist there, or has no file`,
        remedy: toSourceRemedy(content, source.folder),
      },
    ]);
  const onlyStated = posix.join(source.folder, '/') === './' && entry.manifest.skills !== undefined;
  return inspectFolder(inner, root === '.' ? '' : root, { ...options, entry, onlyStated });
}

/** With the folders that stand where the missing one was looked for. */
function toSourceRemedy(content: PluginFiles, folder: string): string {
  const parent = posix.dirname(posix.join(folder));
  const paths = content.within(parent).paths.filter((path) => path.includes('/') && !path.startsWith('.'));
  const names = [...new Set(paths.map((path) => path.split('/')[0]))].slice(0, MAX_NAMED);
  const there = names.length === 0 ? 'no folder' : names.join(', ');
  return `Correct the source of the plugin. In ${parent === '.' ? 'the marketplace' : parent} there is ${there}`;
}

/** As the CLI (2.1.332) does, which then loads nothing of the plugin. */
function refuseConflict({ strict, manifest, file, name }: MarketplaceEntry): void {
  const fields = COMPONENTS.filter((field) => manifest[field] !== undefined);
  if (strict || fields.length === 0) return;
  throw toRefusal([
    {
      ...{ file, field: `plugins.${name}` },
      message: `has strict: false and names ${fields.join(', ')}, but the plugin has a plugin.json of its own`,
      remedy: 'Take strict: false out of the entry, or name what the plugin brings in one place only',
    },
  ]);
}

/** Archives often have one folder around all. */
function findTop(files: PluginFiles): string {
  const isPlugin = files.paths.some((path) => !path.includes('/') || path.startsWith('.claude-plugin/'));
  const folders = new Set(files.paths.map((path) => path.split('/')[0] ?? ''));
  const [only = ''] = folders;
  const isStandard = ['skills', 'commands', 'agents', 'hooks'].includes(only) || files.has(`${only}/SKILL.md`);
  return !isPlugin && folders.size === 1 && !isStandard ? only : '';
}

async function inspectFolder(
  files: PluginFiles,
  root: string,
  options: InspectOptions & { onlyStated?: boolean },
): Promise<Inspection> {
  const { manifest, problems } = await findManifest(files, options);
  const unused = listUnused(manifest);
  const { servers, problems: serverProblems } = await findMcpServers(files, manifest);
  const found = [
    await findSkills(files, manifest, options),
    await findCommands(files, manifest),
    await findAgents(files, manifest),
    await findHooks(files, manifest),
  ];
  const { csp } = manifest;
  const parts: PluginPart[] = [
    ...Object.keys(servers).map((name) => ({ kind: 'mcp_server' as const, name })),
    ...found.flatMap((each) => each.parts),
    ...listHandlers(
      manifest,
      found.flatMap((each) => each.parts),
    ),
    ...(csp?.tools?.names ?? []).map((name) => ({ kind: 'tool' as const, name })),
    ...(csp?.endpoints === undefined ? [] : [{ kind: 'endpoint' as const, name: manifest.name }]),
  ];
  const all = [...problems, ...unused, ...serverProblems, ...found.flatMap((each) => each.problems)];
  const unusable = [...findMissingModules(files, manifest), ...[findSchemaProblem(manifest) ?? []].flat()];
  if (unusable.length > 0) throw toRefusal(unusable);
  // A plugin whose parts only Claude Code uses is one all the same.
  if (parts.length === 0 && unused.length === 0)
    throw toRefusal(
      all.length > 0 ? all : [{ file: null, field: null, message: 'It brings nothing', remedy: `Taken is ${FORMS}` }],
    );
  const hooks = parts.filter(({ kind }) => kind === 'hook').map(({ name }) => name);
  const secrets = new Set([...(csp?.requires?.secrets ?? []), ...listSecrets(Object.values(servers))]);
  const requires: PluginGrants = {
    hooks,
    hosts: [...new Set([...(csp?.requires?.hosts ?? []), ...(manifest.network?.hosts ?? [])])],
    secrets: [...secrets].toSorted(),
    permissions: csp?.requires?.permissions ?? [],
  };
  const { name } = options.entry ?? manifest;
  return { name, manifest, root, mcpServers: servers, parts, requires, problems: all };
}

/** What the plugin says of itself, and what the entry of a marketplace adds to it. */
async function findManifest(
  files: PluginFiles,
  options: InspectOptions & { onlyStated?: boolean },
): Promise<{ manifest: PluginManifest; problems: PluginProblem[] }> {
  const { entry, onlyStated } = options;
  const isOwn = files.has(MANIFEST);
  if (isOwn && entry !== undefined) refuseConflict(entry);
  const bundle = isOwn ? undefined : await readBundle(files);
  if (bundle !== undefined) return bundle;
  const own = isOwn ? await readManifest(files) : { manifest: await makeManifest(files, options), problems: [] };
  if (entry === undefined) return own;
  const added = addEntry(own.manifest, { entry, files, onlyStated });
  return { manifest: added.manifest, problems: [...own.problems, ...added.problems] };
}

async function readManifest(files: PluginFiles): Promise<{ manifest: PluginManifest; problems: PluginProblem[] }> {
  const read = await readJson(files, MANIFEST);
  if (!read.ok) throw toRefusal([read.problem]);
  const parsed = pluginManifest.safeParse(read.value);
  if (!parsed.success) throw toRefusal(toProblems(parsed.error, MANIFEST));
  const stated = Object.keys(read.value as object);
  const toProblem = (field: string, message: string, remedy: string) => ({ file: MANIFEST, field, message, remedy });
  const unknown = stated
    .filter((field) => !(field in pluginManifest.shape))
    .map((field) => toProblem(field, 'is not known and ignored', 'Check its spelling; our own fields stand in "csp"'));
  return { manifest: parsed.data, problems: unknown };
}

/** The events of hooks in TypeScript; one that `hooks.json` has too is one part. */
function listHandlers({ csp }: PluginManifest, found: readonly PluginPart[]): PluginPart[] {
  const { module: file = '', events = [] } = csp?.hooks ?? {};
  const isFound = (event: string) => found.some(({ kind, name }) => kind === 'hook' && name === event);
  return [...new Set(events)].flatMap((name) => (isFound(name) ? [] : [{ kind: 'hook' as const, name, file }]));
}

function listUnused(manifest: PluginManifest): PluginProblem[] {
  return UNUSED.filter((field) => manifest[field] !== undefined).map((field) => ({
    ...{ file: MANIFEST, field, message: 'is taken for Claude Code and has no effect here' },
    remedy: 'Nothing needs to be done',
  }));
}

/** A manifest for a folder without one, from what is in it. */
async function makeManifest(files: PluginFiles, options: InspectOptions): Promise<PluginManifest> {
  const { fallbackName } = options;
  const base = toBase(options);
  if (base?.skills !== undefined) return base;
  if (files.has('SKILL.md')) {
    const read = await readFrontmatter(files, 'SKILL.md');
    const name = read.ok ? read.fields?.['name'] : undefined;
    const own = typeof name === 'string' && name !== '' ? name : fallbackName;
    return { ...base, name: base?.name ?? own, skills: ['.'] };
  }
  const skills = files.paths
    .filter((path) => /^[^/]+\/SKILL\.md$/.test(path))
    .map((path) => `./${posix.dirname(path)}`);
  return { ...base, name: base?.name ?? fallbackName, ...(skills.length > 0 && { skills }) };
}

/** The entry is the manifest then, but for what it adds to the standard folders; of a package that has neither, its program is the plugin. */
function toBase({ entry, manifestIfNone }: InspectOptions): PluginManifest | undefined {
  if (entry === undefined) return manifestIfNone;
  const { commands: _, agents: __, hooks: ___, ...base } = entry.manifest;
  const isBare = COMPONENTS.every((field) => entry.manifest[field] === undefined);
  return { ...(isBare && manifestIfNone), ...base };
}

function findMissingModules(files: PluginFiles, { csp }: PluginManifest): PluginProblem[] {
  const modules = [
    ['csp.tools.module', csp?.tools?.module],
    ['csp.endpoints.module', csp?.endpoints?.module],
    ['csp.hooks.module', csp?.hooks?.module],
  ] as const;
  return modules.flatMap(([field, path]) =>
    path === undefined || files.has(path)
      ? []
      : [
          {
            file: MANIFEST,
            field,
            message: `names ${path}, which is not there`,
            remedy: 'Correct the path, or build it first',
          },
        ],
  );
}
