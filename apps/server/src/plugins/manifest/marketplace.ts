import { posix } from 'node:path';

import { z } from 'zod';

import { toRefusal } from '../problem.ts';
import { pathInPlugin } from './path-in-plugin.ts';
import type { PluginFiles } from './plugin-files.ts';
import { pluginManifest, type PluginManifest } from './plugin-manifest.ts';
import { readJson } from './read-json.ts';
import { toProblems } from './to-problems.ts';

/** A longer list is no help to choose from. */
const MAX_CHOICES = 200;
/** A source can name no longer one. */
const MAX_NAME_CHARS = 200;
const FILES = ['.claude-plugin/marketplace.json', 'marketplace.json'];

const remote = z.discriminatedUnion('source', [
  z.object({ source: z.literal('github'), repo: z.string(), ref: z.string().optional(), sha: z.string().optional() }),
  z.object({ source: z.literal('url'), url: z.string(), ref: z.string().optional(), sha: z.string().optional() }),
  z.object({
    ...{ source: z.literal('git-subdir'), url: z.string(), path: z.string() },
    ...{ ref: z.string().optional(), sha: z.string().optional() },
  }),
  z.object({ source: z.literal('npm'), package: z.string(), version: z.string().optional() }),
]);
/** A folder below `metadata.pluginRoot`. */
const bareName = z.string().regex(/^[A-Za-z0-9](?!.*\.\.)[\w.-]*$/);
const listed = z.looseObject({
  name: z.string().min(1),
  source: z.union([pathInPlugin(), bareName, remote]).optional().catch(undefined),
  strict: z.boolean().optional(),
});
const marketplace = z.object({
  plugins: z.array(listed).max(5000),
  metadata: z.object({ pluginRoot: z.string().optional().catch(undefined) }).optional(),
});

/** What a marketplace says of a plugin. */
export interface MarketplaceEntry {
  /** Which the plugin has here, whatever its own manifest says. */
  name: string;
  /** False where the entry alone says what the plugin brings. */
  strict: boolean;
  /** What the entry itself says as a manifest. */
  manifest: PluginManifest;
  /** The file in which it stands. */
  file: string;
}

/** Somewhere else than in the marketplace. */
export type Elsewhere = z.output<typeof remote>;

/** The folder of a plugin, or where else it is. */
export type EntrySource = { folder: string } | { elsewhere: Elsewhere };

/** The path of a `marketplace.json`; undefined where there is none. */
export function findMarketplaceFile(files: PluginFiles): string | undefined {
  return FILES.find((file) => files.has(file));
}

/**
 * The entry of one plugin; of the only one, where none is named.
 * @throws CspError `invalid_request` for a broken file, for an unknown name and where a name is needed; it lists the names.
 */
export async function readMarketplace(
  files: PluginFiles,
  file: string,
  name: string | undefined,
): Promise<{ entry: MarketplaceEntry; source: EntrySource }> {
  const read = await readJson(files, file);
  if (!read.ok) throw toRefusal([read.problem]);
  const parsed = marketplace.safeParse(read.value);
  if (!parsed.success) throw toRefusal(toProblems(parsed.error, file));
  const { plugins, metadata } = parsed.data;
  const found = name === undefined && plugins.length === 1 ? plugins[0] : plugins.find((each) => each.name === name);
  const names = plugins.map((each) => each.name).join(', ');
  if (found === undefined)
    throw toRefusal([
      {
        ...{ file, field: 'plugins' },
        message: name === undefined ? 'lists several plugins' : `lists no plugin ${name}`,
        remedy: `Name the plugin of the marketplace that you want: ${names.slice(0, 1000)}`,
        choices: plugins
          .map((each) => each.name)
          .filter((each) => each.length <= MAX_NAME_CHARS)
          .slice(0, MAX_CHOICES),
      },
    ]);
  const { source, strict = true, category: _, tags: __, ...about } = found;
  const field = `plugins.${found.name}`;
  const manifest = pluginManifest.safeParse(about);
  if (!manifest.success) throw toRefusal(toProblems(manifest.error, file, ['plugins', found.name]));
  const entry = { name: found.name, strict, manifest: manifest.data, file };
  if (source === undefined)
    throw toRefusal([
      {
        ...{ file, field: `${field}.source`, message: 'is no source that is known here' },
        remedy: 'Take the plugin in by itself',
      },
    ]);
  if (typeof source !== 'string') return { entry, source: { elsewhere: source } };
  if (source === '.' || source.startsWith('./')) return { entry, source: { folder: source } };
  const root = toPluginRoot(metadata?.pluginRoot);
  if (root === undefined)
    throw toRefusal([
      {
        ...{ file, field: `${field}.source` },
        message: `is the bare name ${source}, but metadata.pluginRoot names no folder of the marketplace`,
        remedy: 'Write the source as ./relative/path, or set metadata.pluginRoot',
      },
    ]);
  return { entry, source: { folder: posix.join(root, source) } };
}

/** Where bare names are looked for, as the CLI (2.1.332) reads it; paths with `./` begin at the marketplace's own root. */
function toPluginRoot(stated: string | undefined): string | undefined {
  if (stated === undefined || stated === '' || /^\/|[\\:\0]/.test(stated)) return undefined;
  const root = stated.replace(/^\.\//, '').replace(/\/+$/, '');
  if (root === '' || root === '.') return '.';
  return root.split('/').some((part) => ['', '.', '..'].includes(part)) ? undefined : root;
}
