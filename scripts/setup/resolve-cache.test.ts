import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

/** A checkout with one program, which uses an ES module, a CommonJS module with JSON, and a file of its own. */
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'csp-resolve-')));
  for (const name of ['resolve-cache.mjs', 'root.mjs']) {
    cpSync(join(import.meta.dirname, name), join(root, 'scripts', 'setup', name));
  }
  write('package.json', '{"type": "module"}');
  write('node_modules/.package-lock.json', '{}');
  point('first');
  write('node_modules/modern/first.js', "export const modern = 'first';");
  write('node_modules/modern/second.js', "export const modern = 'second';");
  write('node_modules/classic/package.json', '{"main": "./main.js", "version": "1.2.3"}');
  write(
    'node_modules/classic/main.js',
    "exports.classic = require('./part').part + require('./package.json').version;",
  );
  write('node_modules/classic/part.js', "exports.part = 'part ';");
  write('src/own.ts', "export const own: string = 'own';");
  write(
    'src/main.ts',
    `import { modern } from 'modern'; import { classic } from 'classic'; import { own } from './own.ts';
     console.log([modern, classic, own].join());`,
  );
});
afterEach(() => rmSync(root, { recursive: true }));

it('leads imports to where they led before, until something is installed', () => {
  expect(run().stdout).toBe('first,part 1.2.3,own\n');
  point('second');
  expect(run().stdout).toBe('first,part 1.2.3,own\n');
  write('node_modules/.package-lock.json', '{"packages": {}}');
  expect(run().stdout).toBe('second,part 1.2.3,own\n');
  expect(run().stdout).toBe('second,part 1.2.3,own\n');
});

it.each([
  ['is cut', (text: string) => text.slice(0, -20)],
  ['has no entries', () => '{}'],
])('starts without it when the cache %s', (_what, spoil) => {
  run();
  const file = 'node_modules/.cache/resolved.json';
  write(file, spoil(readFileSync(join(root, file), 'utf8')));
  point('second');
  expect(run().stdout).toBe('second,part 1.2.3,own\n');
});

it('says who imports a file that is not there', () => {
  run();
  rmSync(join(root, 'src/own.ts'));
  expect(run().stderr).toContain(`Cannot find module '${root}/src/own.ts' imported from ${root}/src/main.ts`);
});

function run() {
  const args = ['--import', join(root, 'scripts/setup/resolve-cache.mjs'), join(root, 'src/main.ts')];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

/** Changes what the package exports, as nobody does but an install. */
function point(target: 'first' | 'second'): void {
  write('node_modules/modern/package.json', `{"type": "module", "exports": "./${target}.js"}`);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
