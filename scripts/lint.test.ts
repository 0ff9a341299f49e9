import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

// Type-aware rules report nothing if the linter does not find its type checker, so each important rule is tested with a
// violation.
it.each([
  ['a floating promise', 'no-floating-promises', 'async function save() {}\nexport function close() {\n  save();\n}\n'],
  [
    'a promise where none is awaited',
    'no-misused-promises',
    "process.on('exit', async () => {\n  await save();\n});\nasync function save() {}\n",
  ],
  ['any', 'no-explicit-any', 'export function read(value: any) {\n  return value;\n}\n'],
  [
    'a case that a switch forgot',
    'switch-exhaustiveness-check',
    "export function toWord(state: 'on' | 'off') {\n  switch (state) {\n    case 'on':\n      return 1;\n  }\n  return 0;\n}\n",
  ],
])('the linter refuses %s', async (_title, rule, source) => {
  const folder = await mkdtemp(join(tmpdir(), 'csp-lint-'));
  try {
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { strict: true, target: 'ES2024', module: 'NodeNext', types: [] } }),
    );
    await writeFile(
      join(folder, 'globals.d.ts'),
      'declare const process: { on(event: string, listener: () => void): void };',
    );
    await writeFile(join(folder, 'planted.ts'), source);
    const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    const { status, stdout } = spawnSync(process.execPath, [oxlint, '-c', join(ROOT, '.oxlintrc.json'), 'planted.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toContain(rule);
    expect(status).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
