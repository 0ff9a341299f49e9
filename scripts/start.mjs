// @ts-check
// `npm start`: installs and builds what is missing or out of date, then runs the server on the pinned Node until it is
// stopped.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { CACHED_IMPORTS, PINNED_NODE, ROOT } from './setup/root.mjs';
import { ensureWebBuilt } from './setup/web-build.mjs';

// One Ctrl-C arrives twice: from the terminal, and again from npm. A second signal within this time is ignored; a later
// one comes from a person and stops the server at once.
const REPEAT_WINDOW_MS = 250;
const PARENT_CHECK_MS = 1000;

await ensureInstalled();
ensureWebBuilt();

// The server has its own process group, so that it receives each signal once and only from here. Through the channel it
// learns when this process ends (follow-parent.mjs).
const server = spawn(
  PINNED_NODE,
  [
    ...CACHED_IMPORTS,
    ...['--import', join(ROOT, 'scripts', 'setup', 'follow-parent.mjs')],
    join(ROOT, 'apps', 'server', 'src', 'main.ts'),
  ],
  { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true },
);

let passedOnAt = 0;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    if (Date.now() - passedOnAt < REPEAT_WINDOW_MS) return;
    passedOnAt = Date.now();
    server.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  });
}

// A killed npm passes no signals on, so the server could no longer be stopped from the terminal.
if (process.env.npm_lifecycle_event) {
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) server.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}

server.on('error', (error) => {
  console.error(`✘ The server could not be started: ${error.message}`);
  process.exitCode = 1;
});
server.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  if (server.connected) server.disconnect();
});
