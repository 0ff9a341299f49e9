#!/usr/bin/env node
// @ts-check
// The sources are TypeScript. If this Node cannot run them, the pinned Node runs them instead.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const pinned = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

if (process.features.typescript) {
  await import(main.href);
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to the program as well, which decides what to do.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  console.error(`✘ Node ${process.version} is too old for csp. Run it through npm: npm run csp -- --help`);
  process.exitCode = 1;
}
