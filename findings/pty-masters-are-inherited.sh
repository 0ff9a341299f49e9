#!/usr/bin/env bash
# @lydell/node-pty 1.1.0 (node-pty's code, prebuilt) opens the master of a terminal without close-on-exec. Every program that the same
# Node process starts later, by `child_process` or as another terminal, inherits it. Seen on Linux with Node 24:
# - such a program can type into the terminal that was opened before, and a server that gives terminals to several people gives each the
#   terminals of those before;
# - it keeps that terminal alive: the hangup that should end the shell when the server closes or dies does not come.
# Node itself opens everything with close-on-exec. A host has to run each terminal in a process of its own that starts nothing else.
# Offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @lydell/node-pty@1.1.0

cat > probe.mjs <<'END_PROBE'
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import pty from '@lydell/node-pty';

/** As in fcntl.h of Linux, in octal. */
const O_CLOEXEC = 0o2000000;

const read = (path, readIt) => {
  try {
    return readIt(path);
  } catch {
    return '';
  }
};
const first = pty.spawn('/bin/sh', ['-c', 'read line; echo "first got: $line"'], {});
let shown = '';
const heard = new Promise((resolve) => first.onData((data) => (shown += data).includes('first got') && resolve()));
const master = readdirSync('/proc/self/fd').find((fd) => read(`/proc/self/fd/${fd}`, readlinkSync).endsWith('ptmx'));
const flags = Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${master}`, 'utf8'))[1], 8);
console.log(`master has close-on-exec: ${(flags & O_CLOEXEC) !== 0}`);

const count = 'ls -l /proc/self/fd | grep -c ptmx';
const output = (stream, ended) => new Promise((resolve) => {
  let text = '';
  stream((data) => (text += data));
  ended(() => resolve(text.trim()));
});
const child = spawn('/bin/sh', ['-c', count], { stdio: ['ignore', 'pipe', 'ignore'] });
console.log(`masters in a child: ${await output((on) => child.stdout.on('data', on), (on) => child.on('close', on))}`);
const second = pty.spawn('/bin/sh', ['-c', count], {});
console.log(`masters in a second terminal: ${await output((on) => second.onData(on), (on) => second.onExit(on))}`);

spawn('/bin/bash', ['-c', `echo typed by a child >&${master}`], { stdio: 'ignore' });
await heard;
console.log(shown.split('\r\n').find((line) => line.startsWith('first got')));
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
master has close-on-exec: false
masters in a child: 1
masters in a second terminal: 1
first got: typed by a child
END_EXPECTED

grep '"version"' node_modules/@lydell/node-pty/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: whatever is started later has the masters of earlier terminals."
