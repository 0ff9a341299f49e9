import { z } from 'zod';

import type { PluginProblem } from '../problem.ts';

const names = z.record(z.string(), z.unknown()).optional();

const lockedPackage = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  optionalDependencies: names,
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
});
/** What npm (11) keeps of the installed packages in `package-lock.json`, by their folders. */
export const lockedPackages = z.record(z.string(), lockedPackage);

export type LockedPackage = z.output<typeof lockedPackage>;

const MAX_NAMED = 10;
const MODULES = 'node_modules/';

/**
 * A warning that names the packages whose install scripts would have built or downloaded something. Packages that bring it
 * along are not among them: in a package for this platform (esbuild, sharp), or in `prebuilds/` (prebuildify).
 * @param paths Of all installed files.
 * @param platform As npm names it, such as `linux-x64`.
 */
export function findUnrunScripts(
  packages: Readonly<Record<string, LockedPackage>>,
  paths: readonly string[],
  platform = `${process.platform}-${process.arch}`,
): PluginProblem[] {
  const folders = listFolders(paths);
  const hasFiles = (folder: string) => folders.has(folder);
  const isForPlatform = (folder: string) => {
    const { os, cpu } = packages[folder] ?? {};
    return (os ?? cpu) !== undefined && hasFiles(folder);
  };
  const lacking = Object.entries(packages).filter(([folder, { hasInstallScript, optionalDependencies = {} }]) => {
    if (hasInstallScript !== true || !hasFiles(folder) || hasFiles(`${folder}/prebuilds/${platform}`)) return false;
    return !Object.keys(optionalDependencies).some((name) =>
      [`${folder}/${MODULES}${name}`, `${MODULES}${name}`].some(isForPlatform),
    );
  });
  if (lacking.length === 0) return [];
  const named = lacking.map(([folder, { version = '' }]) => `${folder.split(MODULES).at(-1)}@${version}`);
  const rest = named.length > MAX_NAMED ? `, and ${named.length - MAX_NAMED} more` : '';
  return [
    {
      ...{ file: null, field: null },
      message: `Install scripts do not run here. Without theirs, these packages may lack a program or a module: ${named.slice(0, MAX_NAMED).join(', ')}${rest}`,
      remedy:
        'Nothing, if it works. If not, install the package with its scripts on a machine like the server, and take in the folder: see "Packages with install scripts" in docs/guide/plugins.md',
    },
  ];
}

/** All folders that hold a file, at any depth. */
function listFolders(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    // Whose folder is known, of that all above are.
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}
