// @ts-check
// `npm run csp -- <command>`: the csp command from a checkout, on the pinned Node.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { PINNED_NODE, ROOT } from './setup/root.mjs';

// Starting from a checkout means what npm start means.
if (process.argv[2] === 'start') await import('./start.mjs');
else run();

function run() {
  ensureInstalled();
  const main = join(ROOT, 'apps', 'cli', 'src', 'main.ts');
  const child = spawn(PINNED_NODE, [main, ...process.argv.slice(2)], { stdio: 'inherit' });

  // A terminal's Ctrl-C reaches the command by itself, and what it means there is for the command to decide.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`✘ csp could not be run: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}
