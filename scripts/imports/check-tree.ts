import { glob, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { findViolations, type Violation } from './find-violations.ts';
import { parseModule } from './parse-module.ts';

const SOURCES = '{packages,apps,plugins}/**/*.{ts,tsx,mts,js,mjs,jsx}';

/** Checks every module of the workspaces under `root`. Throws when a file does not parse. */
export async function checkTree(root: string): Promise<{ files: number; violations: Violation[] }> {
  const files = [];
  for await (const file of glob(SOURCES, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/fixtures'] })) {
    files.push(file.split(sep).join('/'));
  }
  const violations = [];
  for (const file of files.toSorted()) {
    violations.push(...findViolations(file, parseModule(file, await readFile(join(root, file), 'utf8'))));
  }
  return { files: files.length, violations };
}
