import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join, posix, resolve } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { toDigestOf, type JsonObject } from '../../audit/canonical-json.ts';
import { isWithin } from '../../lib/is-within.ts';
import { ContentWriter } from '../content/content-writer.ts';
import { copyFolder } from '../content/copy-folder.ts';
import { unpackArchive } from '../content/unpack-archive.ts';
import { inspectPlugin } from '../manifest/inspect-plugin.ts';
import { mcpServerConfig } from '../manifest/mcp-server-config.ts';
import { createPluginFiles } from '../manifest/plugin-files.ts';
import { listSecrets } from '../manifest/references.ts';
import type { PluginRelease } from '../plugin-release.ts';
import type { GivenSource, PluginSource } from '../plugin-source.ts';
import { refuseFile } from '../problem.ts';
import { toRegistryName } from '../registry-name.ts';
import { copyJsonFile } from './copy-json-file.ts';
import type { Fetched, TakeInDeps } from './fetched.ts';
import { fetchFromGit } from './fetch-from-git.ts';
import { fetchFromNpm } from './fetch-from-npm.ts';

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
  if (incoming.type === 'mcp') return toBareServer(incoming);
  const staged = await deps.content.stage();
  try {
    const writer = new ContentWriter(staged.path, deps.limits);
    const { origin, inspect, within = '' } = await fetchContent(incoming, { writer, to: staged.path, deps });
    const found = await inspectPlugin(createPluginFiles(staged.path, writer.paths).within(within), inspect);
    if ('elsewhere' in found) {
      await staged[Symbol.asyncDispose]();
      return await takeIn(toElsewhere(found.elsewhere), deps);
    }
    const { manifest, root, mcpServers, parts, requires, problems } = found;
    const own = posix.join(within, root);
    // What an npm package depends on is beside it; of everything else only the plugin's own folder is kept.
    const kept = incoming.type === 'npm' || own === '.' ? '' : own;
    const release: PluginRelease = {
      ...{ version: manifest.version ?? toOriginVersion(origin), digest: writer.digest(kept) },
      ...{ root: kept === '' ? own : '', source: toKept(incoming), origin },
      ...{ manifest, mcpServers, parts, requires, problems },
    };
    return {
      ...{ name: toRegistryName(manifest.name), release, path: join(staged.path, kept) },
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
        inspect: { fallbackName: incoming.filename.replace(/\.(?:tgz|tar\.gz|tar|zip)$/i, ''), plugin },
      };
    case 'path': {
      const path = await findSource(incoming.path, deps);
      if (path.isFile) await copyJsonFile(path.path, writer);
      else await copyFolder(path.path, to, { writer, leaveOut: ['.git'] });
      return { origin: {}, inspect: { fallbackName: basename(path.path), plugin } };
    }
    case 'npm':
      return fetchFromNpm(incoming, { writer, to, deps });
    case 'git':
      return fetchFromGit(incoming, { writer, to, deps });
  }
}

/** @throws CspError `invalid_request` for what is not there, and for files of the server itself. */
async function findSource(
  given: string,
  { dataDir, pluginDirs }: TakeInDeps,
): Promise<{ path: string; isFile: boolean }> {
  if (!isAbsolute(given)) throw toBadPath('path', 'is not absolute');
  const path = resolve(given);
  const isAround = isWithin(dataDir, path) || isWithin(path, dataDir);
  if (isAround && !pluginDirs.some((dir) => isWithin(dir, path)))
    throw toBadPath('path', 'is the data directory of the server, in it or around it');
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return { path, isFile: false };
  if (found?.isFile() === true && path.endsWith('.json')) return { path, isFile: true };
  throw toBadPath('path', 'is no folder and no .mcp.json that the server can read');
}

function toBadPath(field: string, problem: string): CspError {
  return new CspError('invalid_request', `The ${field} of the source ${problem}`, {
    details: { field: `source.${field}` },
  });
}

function toBareServer(source: Extract<GivenSource, { type: 'mcp' }>): TakenIn {
  const config = mcpServerConfig.parse(
    source.command === undefined
      ? { type: source.transport ?? 'http', url: source.url, headers: source.headers }
      : { command: source.command, args: source.args, env: source.env },
  );
  const { name } = source;
  const release: PluginRelease = {
    ...{ version: null, digest: toDigestOf(config), root: null, source, origin: {} },
    ...{ manifest: { name }, mcpServers: { [name]: config }, parts: [{ kind: 'mcp_server', name }] },
    requires: { hooks: [], hosts: [], secrets: listSecrets([config]), permissions: [] },
    problems: [],
  };
  return { name: toRegistryName(name), release, path: undefined, [Symbol.asyncDispose]: async () => undefined };
}

function toKept(incoming: Exclude<Incoming, { type: 'mcp' }>): PluginSource {
  return incoming.type === 'archive' ? { type: 'archive', filename: incoming.filename } : incoming;
}

function toOriginVersion({ version, commit }: JsonObject): string | null {
  if (typeof version === 'string') return version;
  return typeof commit === 'string' ? commit.slice(0, 12) : null;
}

/** Where a marketplace says that a plugin is. */
function toElsewhere(elsewhere: {
  source: string;
  repo?: string;
  url?: string;
  path?: string;
  package?: string;
  version?: string | undefined;
  ref?: string | undefined;
  sha?: string | undefined;
}): GivenSource {
  const { source, path, package: name, version } = elsewhere;
  // Short for a repository of GitHub.
  const repo = elsewhere.repo ?? (elsewhere.url?.includes(':') === false ? elsewhere.url : undefined);
  const url = repo === undefined ? (elsewhere.url ?? '') : `https://github.com/${repo.replace(/\.git$/, '')}.git`;
  const ref = elsewhere.sha ?? elsewhere.ref;
  if (source === 'npm' && name !== undefined) return { type: 'npm', name, ...(version !== undefined && { version }) };
  if (repo !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repo))
    throw refuseFile('marketplace.json', `names the repository ${repo}`, 'Write it as owner/name');
  return { type: 'git', url, ...(ref !== undefined && { ref }), ...(path !== undefined && { path }) };
}
