import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path/posix';
import {
  AGENT_SDK,
  AGENT_SDK_HOME,
  BRINGS_SCHEMAS,
  BROWSER_SAFE,
  ENVIRONMENT_READERS,
  FILE_SYSTEM_USERS,
  MAY_IMPORT,
  ORDERED_TREES,
  SCOPE,
  TEST_FOLDER,
} from './layout.ts';
import type { ModuleImport, ParsedModule } from './parse-module.ts';

export interface Violation {
  /** Path from the repository's root, with forward slashes. */
  file: string;
  line: number;
  message: string;
}

const SERVER_SOURCE = 'apps/server/src/';

/** Checks one module against the layout. `file` is relative to the repository's root, with forward slashes. */
export function findViolations(file: string, module: ParsedModule): Violation[] {
  const violations: Violation[] = [];
  const report = (line: number, message: string): void => {
    violations.push({ file, line, message });
  };
  for (const one of module.imports) {
    const message =
      checkFixtures(file, one) ??
      checkFolder(file, one) ??
      checkWorkspace(file, one) ??
      checkBrowserSafe(file, one) ??
      checkFileSystem(file, one) ??
      checkAgentSdk(file, one);
    if (message) report(one.line, message);
  }
  if (isProductCode(file) && !ENVIRONMENT_READERS.some((home) => file.startsWith(home))) {
    for (const line of module.environmentReads) {
      report(
        line,
        'reads the environment; only apps/server/src/config and the command line do, everything else is given its settings',
      );
    }
  }
  return violations;
}

/** The workspace that a file belongs to, such as `packages/client`; undefined for scripts, bench and e2e. */
function findWorkspace(file: string): string | undefined {
  return /^(?:packages|apps|plugins)\/[^/]+/.exec(file)?.[0];
}

/** Tests, configuration files and test folders may import any package. The order of folders applies to them too. */
function isProductCode(file: string): boolean {
  return findWorkspace(file) !== undefined && /^[^/]+\/[^/]+\/src\//.test(file) && !isTest(file);
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file);
}

/** Test code inside a server folder: fixtures, harnesses, and suites that several back ends share. */
function isForTests(file: string): boolean {
  return file.includes(`/${TEST_FOLDER}/`) || file.includes('/contract/');
}

function checkFixtures(file: string, { specifier }: ModuleImport): string | undefined {
  if (!file.startsWith(SERVER_SOURCE) || !isProductCode(file) || isForTests(file)) return undefined;
  if (!specifier.startsWith('.') || !isForTests(normalize(join(dirname(file), specifier)))) return undefined;
  return `imports ${specifier}: what stands in ${TEST_FOLDER} or contract is for tests alone`;
}

function checkFolder(file: string, { specifier }: ModuleImport): string | undefined {
  const tree = ORDERED_TREES.find(({ root }) => file.startsWith(root));
  if (tree === undefined || !specifier.startsWith('.')) return undefined;
  const { root, folders } = tree;
  const target = normalize(join(dirname(file), specifier));
  if (!target.startsWith(root)) return undefined;
  const from = findFolder(file.slice(root.length), folders);
  const to = findFolder(target.slice(root.length), folders);
  if (from === undefined || from === to) return undefined;
  if (to === undefined) return `imports ${specifier}: a folder must not import the files that compose it`;
  if (to === TEST_FOLDER && isTest(file)) return undefined;
  if (!folders.includes(from))
    return `stands in the folder ${from}, which is not in the order of scripts/imports/layout.ts`;
  if (!folders.includes(to)) return `imports from ${to}, which is not in the order of scripts/imports/layout.ts`;
  if (folders.indexOf(to) < folders.indexOf(from)) return undefined;
  return `imports from ${to}, which comes after ${from}; turn the dependency round or pass it in`;
}

/** The folder of a path, among the given folders; undefined for a file in the tree's root. */
function findFolder(path: string, folders: readonly string[]): string | undefined {
  const parts = path.split('/');
  // If the order lists nested folders, the nested folder is the result.
  const depth = folders.some((folder) => folder.startsWith(`${parts[0]}/`)) ? 2 : 1;
  return parts.length > depth ? parts.slice(0, depth).join('/') : parts.slice(0, -1).join('/') || undefined;
}

function checkWorkspace(file: string, { specifier }: ModuleImport): string | undefined {
  const workspace = findWorkspace(file);
  if (workspace === undefined) return undefined;
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(file), specifier));
    if (target.startsWith(`${workspace}/`)) return undefined;
    return isProductCode(file)
      ? `reaches out of ${workspace} with ${specifier}; import the package by its name`
      : undefined;
  }
  if (!specifier.startsWith(SCOPE) || !isProductCode(file)) return undefined;
  const imported = specifier.slice(SCOPE.length).split('/')[0] ?? '';
  const allowed = MAY_IMPORT[workspace] ?? (workspace.startsWith('plugins/') ? ['plugin-api'] : []);
  if (allowed.includes(imported)) return undefined;
  return `imports ${specifier}; ${workspace} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing of ours'}`;
}

function checkBrowserSafe(file: string, { specifier, typeOnly }: ModuleImport): string | undefined {
  const workspace = BROWSER_SAFE.find((one) => file.startsWith(`${one}/`));
  if (workspace === undefined || typeOnly || !isProductCode(file)) return undefined;
  if (isBuiltin(specifier)) return `imports ${specifier}, but ${workspace} runs in a browser`;
  if (!file.startsWith('apps/web/') || !BRINGS_SCHEMAS.includes(specifier)) return undefined;
  return `imports values from ${specifier}, which brings 25 KB of zod; import a part of the package, or add one to its exports`;
}

function checkFileSystem(file: string, { specifier, typeOnly }: ModuleImport): string | undefined {
  if (typeOnly || !file.startsWith(SERVER_SOURCE) || !isProductCode(file) || isForTests(file)) return undefined;
  if (!/^(?:node:)?fs(?:\/promises)?$/.test(specifier)) return undefined;
  const path = file.slice(SERVER_SOURCE.length);
  if (FILE_SYSTEM_USERS.some((each) => path === each || (each.endsWith('/') && path.startsWith(each))))
    return undefined;
  return `imports ${specifier}: what agents can write is read through agent-files; for the server's own files, add it to FILE_SYSTEM_USERS`;
}

function checkAgentSdk(file: string, { specifier, typeOnly }: ModuleImport): string | undefined {
  if (typeOnly || !isProductCode(file) || file.startsWith(AGENT_SDK_HOME)) return undefined;
  if (specifier !== AGENT_SDK && !specifier.startsWith(`${AGENT_SDK}/`)) return undefined;
  return `imports ${specifier}; only ${AGENT_SDK_HOME} does`;
}
