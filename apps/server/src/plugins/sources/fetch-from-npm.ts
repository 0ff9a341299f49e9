import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { z } from 'zod';

import type { JsonObject } from '../../audit/canonical-json.ts';
import type { ContentWriter } from '../content/content-writer.ts';
import { copyFolder } from '../content/copy-folder.ts';
import type { PluginManifest } from '../manifest/plugin-manifest.ts';
import type { GivenSource } from '../plugin-source.ts';
import { refuseFile } from '../problem.ts';
import { toPackagePluginName } from '../registry-name.ts';
import { describeNpmFailure } from './describe-npm-failure.ts';
import type { Fetched, TakeInDeps } from './fetched.ts';
import { findUnrunScripts, lockedPackages, type LockedPackage } from './find-unrun-scripts.ts';
import { runTool } from './run-tool.ts';

/** No address, no path and no option: only names that the registry knows. */
const PACKAGE_NAME = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/i;
const VERSION = /^[\w.^~<>=| *+-]{1,200}$/;

/** Scripts of packages never run, bins are called by their path, and nothing comes from git, where no integrity is known. */
const INSTALL = [
  ...['install', '--ignore-scripts', '--no-bin-links', '--omit=dev', '--no-audit', '--no-fund', '--no-progress'],
  ...['--no-update-notifier', '--package-lock=true', '--save=true', '--allow-git=none', '--loglevel=error'],
  // Somebody waits for the answer.
  ...['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
];

/** Beside node_modules: what people said that the program of the package is to be called with. */
const CALL_FILE = 'call.json';

const installed = z.object({
  version: z.string(),
  description: z.string().optional(),
  homepage: z.string().optional(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
});
const lock = z.object({ packages: lockedPackages });

/**
 * Installs a package with its dependencies as npm is configured on the server, which checks their integrity. A package that
 * is no plugin becomes one whose MCP server is the package's program.
 */
export async function fetchFromNpm(
  { name, version = 'latest', plugin, args, env }: Extract<GivenSource, { type: 'npm' }>,
  { writer, to, deps }: { writer: ContentWriter; to: string; deps: TakeInDeps },
): Promise<Fetched> {
  if (!PACKAGE_NAME.test(name) || !VERSION.test(version))
    throw refuseFile(
      null,
      'The name or version of the package is none that a registry has',
      'Name it as npm install takes it',
    );
  await using scratch = await deps.content.stage();
  const dir = join(scratch.path, 'content');
  await mkdir(dir);
  // npm would look for a project in the folders around it.
  await writeFile(join(dir, 'package.json'), JSON.stringify({ name: 'content', private: true, dependencies: {} }));
  const doing = `install ${name}@${version}`;
  await runTool('npm', [...INSTALL, '--', `${name}@${version}`], {
    ...{ cwd: dir, env: deps.toolEnvironment, doing, signal: deps.signal },
    explain: (errors) => describeNpmFailure(errors, name),
  });
  const within = posix.join('node_modules', name);
  const found = installed.parse(JSON.parse(await readFile(join(dir, within, 'package.json'), 'utf8')));
  const { packages } = lock.parse(JSON.parse(await readFile(join(dir, 'package-lock.json'), 'utf8')));
  const origin = toOrigin(packages[within]);
  // The digest has to differ where the same package is called in another way.
  if (args !== undefined || env !== undefined)
    await writeFile(join(dir, CALL_FILE), JSON.stringify({ args: args ?? [], env: env ?? {} }));
  await copyFolder(dir, to, { writer });
  const manifestIfNone = toBinManifest(name, found, { args, env });
  return {
    origin: { ...origin, package: name, version: found.version },
    inspect: { fallbackName: toPackagePluginName(name), plugin, manifestIfNone },
    problems: findUnrunScripts(packages, writer.paths),
    within,
  };
}

function toOrigin({ resolved, integrity }: Pick<LockedPackage, 'resolved' | 'integrity'> = {}): JsonObject {
  if (integrity === undefined)
    throw refuseFile(null, 'The registry says no integrity of the package', 'Take it from a registry that does');
  return { resolved: resolved ?? null, integrity };
}

/** The program of a package as a stdio server: of several the one that is named like the package, or the first. */
function toBinManifest(
  name: string,
  { version, description, homepage, bin }: z.output<typeof installed>,
  { args = [], env }: Pick<Extract<GivenSource, { type: 'npm' }>, 'args' | 'env'>,
): PluginManifest {
  const plugin = toPackagePluginName(name);
  const rest = name.replace(/^@[^/]+\//, '');
  const programs = typeof bin === 'string' ? { [rest]: bin } : (bin ?? {});
  const program = programs[rest] ?? programs[`mcp-${rest}`] ?? Object.values(programs)[0];
  const about = {
    ...{ name: plugin, version, ...(description !== undefined && { description }) },
    ...(homepage !== undefined && URL.canParse(homepage) && { homepage }),
  };
  if (program === undefined) return about;
  const path = posix.join('${CLAUDE_PLUGIN_ROOT}', posix.normalize(program));
  return { ...about, mcpServers: { [plugin]: { command: 'node', args: [path, ...args], ...(env && { env }) } } };
}
