import { createHmac } from 'node:crypto';
import { join, posix } from 'node:path';

import { toDigestOf, type JsonObject } from '../../audit/canonical-json.ts';
import { ContentWriter } from '../content/content-writer.ts';
import { copyFolder } from '../content/copy-folder.ts';
import { unpackArchive } from '../content/unpack-archive.ts';
import { inspectPlugin, type Inspection, type InspectOptions } from '../manifest/inspect-plugin.ts';
import type { Elsewhere, MarketplaceEntry } from '../manifest/marketplace.ts';
import { mcpServerConfig } from '../manifest/mcp-server-config.ts';
import { createPluginFiles } from '../manifest/plugin-files.ts';
import { listSecrets } from '../manifest/references.ts';
import type { PluginRelease } from '../plugin-release.ts';
import type { GivenSource, PluginSource } from '../plugin-source.ts';
import { refuseFile, toRefusal } from '../problem.ts';
import { toRegistryName } from '../registry-name.ts';
import { toShownUrl } from '../shown-source.ts';
import { copyJsonFile } from './copy-json-file.ts';
import { digestCode } from './digest-code.ts';
import type { Fetched, TakeInDeps } from './fetched.ts';
import { fetchFromGit } from './fetch-from-git.ts';
import { fetchFromNpm } from './fetch-from-npm.ts';
import { findSource } from './find-source.ts';

/** What is taken in: a source that people name, or an archive that they upload. */
export type Incoming = GivenSource | { type: 'archive'; filename: string; path: string; plugin?: string | undefined };

/** A version of a plugin whose content is staged. Dispose of it, published or not. */
export interface TakenIn extends AsyncDisposable {
  /** In the registry. */
  name: string;
  release: PluginRelease;
  /** Where its content is staged; undefined for a bare MCP server, which has none. */
  path: string | undefined;
}

/**
 * Fetches a plugin from its source into a staging folder and finds out what it is. Nothing of it is run.
 * @throws CspError `invalid_request` with the problems, for what cannot be used.
 */
export async function takeIn(incoming: Incoming, deps: TakeInDeps): Promise<TakenIn> {
  if (incoming.type === 'mcp' || incoming.type === 'npm') refuseSecrets(incoming, deps);
  if (incoming.type === 'mcp') return toBareServer(incoming, deps);
  const found = await takeHere(incoming, deps);
  if (!('elsewhere' in found)) return found;
  const { entry } = found;
  const place = toElsewhere(found.elsewhere);
  const taken = await takeHere(place, deps, entry);
  if ('elsewhere' in taken) throw new Error('An entry of a marketplace led to another one');
  const { release } = taken;
  const origin = { ...release.origin, ...(place.type === 'git' && { repository: toShownUrl(place.url) }) };
  // The next version is where the marketplace says then.
  return { ...taken, release: { ...release, source: { ...toKept(incoming), plugin: entry.name }, origin } };
}

/**
 * Follows no marketplace: returns where it says that the plugin is.
 * @param entry What the marketplace says that led here.
 */
async function takeHere(
  incoming: Exclude<Incoming, { type: 'mcp' }>,
  deps: TakeInDeps,
  entry?: MarketplaceEntry,
): Promise<TakenIn | { elsewhere: Elsewhere; entry: MarketplaceEntry }> {
  const staged = await deps.content.stage();
  try {
    const writer = new ContentWriter(staged.path, deps.limits);
    const {
      origin,
      inspect,
      problems: noticed = [],
      within = '',
    } = await fetchContent(incoming, { writer, to: staged.path, deps });
    const files = createPluginFiles(staged.path, writer.paths).within(within);
    const found = await inspectPlugin(files, { ...inspect, entry });
    if (incoming.type === 'npm') refuseUnusedCall(incoming, 'elsewhere' in found ? undefined : found, inspect);
    if ('elsewhere' in found) {
      await staged[Symbol.asyncDispose]();
      return found;
    }
    const { name, manifest, root, mcpServers, parts, requires, problems } = found;
    // `./` and `plugins/a/` name a folder as well.
    const own = posix.join(within, root).replace(/\/$/, '');
    // What an npm package depends on is beside it; of everything else only the plugin's own folder is kept.
    const kept = incoming.type === 'npm' || own === '.' ? '' : own;
    const digest = writer.digest(kept);
    const release: PluginRelease = {
      ...{ version: manifest.version ?? toOriginVersion(origin), digest },
      ...{ root: kept === '' ? own : '', source: toKept(incoming), origin },
      ...{ manifest, mcpServers, parts, requires, problems: [...noticed, ...problems] },
      code: await digestCode(join(staged.path, own), { manifest, parts, content: digest }),
    };
    return {
      ...{ name: toRegistryName(name), release, path: join(staged.path, kept) },
      [Symbol.asyncDispose]: () => staged[Symbol.asyncDispose](),
    };
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
}

async function fetchContent(
  incoming: Exclude<Incoming, { type: 'mcp' }>,
  { writer, to, deps }: { writer: ContentWriter; to: string; deps: TakeInDeps },
): Promise<Fetched> {
  const { plugin } = incoming;
  switch (incoming.type) {
    case 'archive':
      await unpackArchive(incoming.path, writer);
      return {
        origin: {},
        inspect: { fallbackName: incoming.filename.replace(/\.(?:tgz|tar\.gz|tar|zip|mcpb|dxt)$/i, ''), plugin },
      };
    case 'path': {
      const path = await findSource(incoming.path, deps);
      if (path.isFile) await copyJsonFile(path.path, writer);
      else await copyFolder(path.path, to, { writer, leaveOut: ['.git'] });
      return { origin: {}, inspect: { fallbackName: path.name, plugin } };
    }
    case 'npm':
      return fetchFromNpm(incoming, { writer, to, deps });
    case 'git':
      return fetchFromGit(incoming, { writer, to, deps });
  }
}

/** The registry keeps these values as they are, and secrets belong where they are encrypted. */
function refuseSecrets(source: Extract<GivenSource, { type: 'mcp' | 'npm' }>, { findSecret }: TakeInDeps): void {
  const { env = {}, args = [] } = source;
  const { headers = {}, url = '' } = source.type === 'mcp' ? source : {};
  const values = [
    ...Object.entries(env).map(([name, value]) => [`source.env.${name}`, value]),
    ...Object.entries(headers).map(([name, value]) => [`source.headers.${name}`, value]),
    ...args.map((value, index) => [`source.args[${index}]`, value]),
    ['source.url', url],
  ] as const;
  const problems = values.flatMap(([field, value = '']) => {
    // Bare, and as a person would assign it.
    const kind = findSecret?.(value) ?? findSecret?.(`${field.split('.').at(-1)}=${value}`);
    if (kind === undefined) return [];
    const remedy = 'Keep it with csp secrets, and write ${secret:NAME} in its place';
    return [{ file: null, field, message: `holds a secret: ${kind}`, remedy }];
  });
  if (problems.length > 0) throw toRefusal(problems);
}

/** Arguments and environment reach only the program of a package that is no plugin by itself. */
function refuseUnusedCall(
  { name, args = [], env = {} }: Extract<GivenSource, { type: 'npm' }>,
  found: Pick<Inspection, 'manifest'> | undefined,
  { manifestIfNone }: InspectOptions,
): void {
  if (args.length === 0 && Object.keys(env).length === 0) return;
  const isProgram =
    manifestIfNone?.mcpServers !== undefined && found?.manifest.mcpServers === manifestIfNone.mcpServers;
  if (isProgram) return;
  const problem = {
    ...{ file: null, field: args.length > 0 ? 'source.args' : 'source.env' },
    message: `goes only with a package whose program is an MCP server, which ${name} is not`,
  };
  throw toRefusal([{ ...problem, remedy: 'Leave out arguments and environment, and configure the plugin instead' }]);
}

function toBareServer(
  source: Extract<GivenSource, { type: 'mcp' }>,
  { digestKey = '' }: Pick<TakeInDeps, 'digestKey'>,
): TakenIn {
  const config = mcpServerConfig.parse(
    source.command === undefined
      ? { type: source.transport ?? 'http', url: source.url, headers: source.headers }
      : { command: source.command, args: source.args, env: source.env },
  );
  const { name } = source;
  // Who reads it could find out a short value by trying, if they could make the same digest.
  const digest = createHmac('sha256', digestKey).update(toDigestOf(config)).digest('hex');
  const release: PluginRelease = {
    ...{ version: null, digest, root: null, source, origin: {} },
    ...{ manifest: { name }, mcpServers: { [name]: config }, parts: [{ kind: 'mcp_server', name }] },
    requires: { hooks: [], hosts: [], secrets: listSecrets([config]), permissions: [] },
    problems: [],
  };
  return { name: toRegistryName(name), release, path: undefined, [Symbol.asyncDispose]: async () => undefined };
}

function toKept(incoming: Exclude<Incoming, { type: 'mcp' }>): Exclude<PluginSource, { type: 'mcp' }> {
  return incoming.type === 'archive' ? { type: 'archive', filename: incoming.filename } : incoming;
}

function toOriginVersion({ version, commit }: JsonObject): string | null {
  if (typeof version === 'string') return version;
  return typeof commit === 'string' ? commit.slice(0, 12) : null;
}

/**
 * Where a marketplace says that a plugin is: only on npm or at an https address. Whoever wrote the marketplace must not
 * choose what else the server's user can fetch.
 */
function toElsewhere(elsewhere: Elsewhere): Exclude<GivenSource, { type: 'mcp' }> {
  if (elsewhere.source === 'npm') {
    const { package: name, version } = elsewhere;
    return { type: 'npm', name, ...(version !== undefined && { version }) };
  }
  const given = elsewhere.source === 'github' ? elsewhere.repo : elsewhere.url;
  // Short for a repository of GitHub.
  const isShort = elsewhere.source === 'github' || !given.includes(':');
  if (isShort && !/^[\w.-]+\/[\w.-]+$/.test(given))
    throw refuseFile('marketplace.json', `names the repository ${given}`, 'Write it as owner/name');
  const url = isShort ? `https://github.com/${given.replace(/\.git$/, '')}.git` : given;
  if (!/^https:\/\/\S+$/.test(url))
    throw refuseFile('marketplace.json', 'names an address that is not https', 'Take the plugin in by itself');
  const ref = elsewhere.sha ?? elsewhere.ref;
  const path = elsewhere.source === 'git-subdir' ? elsewhere.path : undefined;
  return { type: 'git', url, ...(ref !== undefined && { ref }), ...(path !== undefined && { path }) };
}
