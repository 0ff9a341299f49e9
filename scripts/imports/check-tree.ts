import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { findCircles, type Arrow } from './find-circles.ts';
import { findViolations, type Violation } from './find-violations.ts';
import { EXPLAINED_CIRCLES } from './layout.ts';
import { parseModule, type ParsedModule } from './parse-module.ts';

const SOURCES = '{packages,apps,plugins}/**/*.{ts,tsx,mts,js,mjs,jsx}';

/** Checks every module of the workspaces under `root`. Throws if a file cannot be parsed. */
export async function checkTree(
  root: string,
  explainedCircles = EXPLAINED_CIRCLES,
): Promise<{ files: number; violations: Violation[] }> {
  const modules = new Map<string, ParsedModule>();
  for (const file of await findFiles(root)) {
    modules.set(file, parseModule(file, await readFile(join(root, file), 'utf8')));
  }
  const violations = [...modules].flatMap(([file, module]) => findViolations(file, module));
  return { files: modules.size, violations: [...violations, ...findCircles(toArrows(modules), explainedCircles)] };
}

async function findFiles(root: string): Promise<string[]> {
  const files = [];
  for await (const file of glob(SOURCES, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/fixtures'] })) {
    files.push(file.split(sep).join('/'));
  }
  return files.toSorted();
}

function toArrows(modules: ReadonlyMap<string, ParsedModule>): Arrow[] {
  return [...modules].flatMap(([from, { imports }]) =>
    imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => ({ from, to: normalize(join(dirname(from), specifier)), line }))
      .filter(({ to }) => modules.has(to)),
  );
}
