#!/usr/bin/env node
// @ts-check
// The sources are TypeScript. If this Node cannot run them, the pinned Node runs them instead.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const pinned = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

if (process.features.typescript) {
  await import(main.href);
} else if (existsSync(pinned)) {
  const { status } = spawnSync(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  console.error(`✘ Node ${process.version} is too old for csp. Run it through npm: npm run csp -- --help`);
  process.exitCode = 1;
}
