#!/usr/bin/env bash
# The SDK makes a report of the process (`process.report.getReport()`) before each start of the CLI, only to learn whether the C
# library is musl. For a report Node looks up the names of both ends of every open socket, one after the other, on the main thread.
# With a name server that does not answer, the whole process stands still: no timer, no request, no stream goes on.
# Seen with Agent SDK 0.3.332 (CLI 2.1.332) and Node 24.21.0 on Linux. Five ends of sockets are open here, and the resolver gives up
# after 1 s: each `query` stops the process for 5 s. By default glibc gives up after 5 s, and tries twice.
# Remedy: `process.report.excludeNetwork = true` (Node 22.13 and 23.3) before the first `query`, or `node --report-exclude-network`.
# Told at https://github.com/anthropics/claude-agent-sdk-typescript/issues/391.
# Runs the SDK in a network of its own, whose name server knows no host and does not answer for addresses; no model is called. Needs
# `unshare` (util-linux), `ip` (iproute2) and a kernel that lets people make user namespaces. Offline once installed. Fails when any of
# that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/claude-agent-sdk@0.3.332 zod@4 node@24.21.0

cat > name-server.mjs <<'END_NAME_SERVER'
import { createSocket } from 'node:dgram';

let questions = 0;
const server = createSocket('udp4', (question, { address, port }) => {
  // Only a report asks for the names of addresses. The CLI, which asks for hosts, is told at once that there is none.
  if (question.includes('in-addr')) questions += 1;
  else server.send(Buffer.concat([question.subarray(0, 2), Buffer.from([0x81, 0x83]), question.subarray(4)]), port, address);
});
server.bind(53, '127.0.0.53', () => process.send('ready'));
process.on('message', () => process.send(questions));
process.on('disconnect', () => process.exit());
END_NAME_SERVER

cat > probe.mjs <<'END_PROBE'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { query } from '@anthropic-ai/claude-agent-sdk';

const nameServer = fork('name-server.mjs');
await once(nameServer, 'message');
async function countQuestions() {
  nameServer.send('count');
  return (await once(nameServer, 'message'))[0];
}

// One connection: two ends of either side, and the one of the socket that listens. No hosts file names these addresses.
const server = createServer().listen(0, '127.0.0.2');
await once(server, 'listening');
const client = connect({ port: server.address().port, host: '127.0.0.2', localAddress: '127.0.0.3' });
await Promise.all([once(client, 'connect'), once(server, 'connection')]);

let last = performance.now();
let longestMs = 0;
setInterval(() => {
  longestMs = Math.max(longestMs, performance.now() - last);
  last = performance.now();
}, 10);

/** Starts the CLI, and ends it when it is ready. */
async function start(name) {
  await wait(100);
  const before = await countQuestions();
  longestMs = 0;
  const home = mkdtempSync(join(process.cwd(), 'home-'));
  const env = { PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: 'none', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
  const says = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const asked = query({ prompt: says, options: { cwd: home, env, tools: [], settingSources: [], permissionMode: 'default' } });
  await asked.initializationResult();
  await wait(100);
  const stood = longestMs >= 4500 ? 'stood still for about 5 s' : longestMs < 2500 ? 'went on' : `stood still for ${longestMs} ms`;
  console.log(`${name}: ${(await countQuestions()) - before} names asked, the process ${stood}`);
  console.error(`  longest pause between two timers of 10 ms: ${Math.round(longestMs)} ms`);
  asked.close();
}

console.log(`getReport() looks up names: ${process.report.excludeNetwork === false}`);
await start('first start');
await start('second start');
process.report.excludeNetwork = true;
await start('with excludeNetwork');
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
getReport() looks up names: true
first start: 5 names asked, the process stood still for about 5 s
second start: 5 names asked, the process stood still for about 5 s
with excludeNetwork: 0 names asked, the process went on
END_EXPECTED

printf 'nameserver 127.0.0.53\noptions timeout:1 attempts:1\n' > resolv.conf
printf 'hosts: files dns\n' > nsswitch.conf
cat > run.sh <<'END_RUN'
set -eu
ip link set lo up
mount --bind resolv.conf "$(readlink -f /etc/resolv.conf)"
mount --bind nsswitch.conf /etc/nsswitch.conf
exec node_modules/.bin/node probe.mjs
END_RUN

grep -E '"(version|claudeCodeVersion)"' node_modules/@anthropic-ai/claude-agent-sdk/package.json
node_modules/.bin/node --version
unshare --user --map-root-user --net --mount --pid --fork --kill-child --mount-proc sh run.sh | tee seen.txt
diff expected.txt seen.txt && echo "As found: the process stands still at each start, until the names of all its connections are looked up."
