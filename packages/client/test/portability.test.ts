import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
const APPS = join(PACKAGE, '..', '..', 'apps');

function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

test('type-checks without the DOM', async () => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [compiler, '-p', join(PACKAGE, 'tsconfig.json'), '--listFiles'],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  const files = stdout.split('\n');
  expect(files.some((file) => file.endsWith('packages/client/src/client.ts'))).toBe(true);
  expect(files.filter((file) => /lib\.(?:dom|webworker)/.test(file))).toEqual([]);
});

test('needs nothing of Node and nothing of a document', () => {
  for (const file of listSources(join(PACKAGE, 'src'))) {
    const source = readFileSync(file, 'utf8');
    expect(source, file).not.toMatch(/from 'node:|\b(?:document|window|localStorage|process|Buffer)\./);
  }
});

/** The bytes of a terminal have a socket of their own, so that a flood of them delays no frame of the chat. */
const TERMINALS = /\/terminal(?:-api\.ts$|\/)/;

test.each(['web', 'cli'])('apps/%s reaches the wire through this package only', (app) => {
  const sources = listSources(join(APPS, app, 'src')).filter((file) => !TERMINALS.test(file));
  const texts = sources.map((file) => readFileSync(file, 'utf8'));
  expect(texts.some((source) => source.includes("from '@claude-sdk-pattern/client'"))).toBe(true);
  const own = /\bnew (?:WebSocket|EventSource)\b|\/ws\/v1\/|\/api\/v1\/chat|\/events\/stream|from 'ws'/;
  expect(sources.filter((_, index) => own.test(texts[index] ?? ''))).toEqual([]);
});
