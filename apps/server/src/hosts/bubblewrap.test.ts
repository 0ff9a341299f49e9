import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { createWorkspaceDir, listProcesses } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { describeTerminals } from './fixtures/terminal.contract.ts';
import { PROCESS_MARKER } from './process-marker.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';

const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });
if (problem !== undefined) console.warn(`SKIPPED: the bubblewrap launcher is not tested, because ${problem}`);

/** A bubblewrap host, and a folder with programs that have the names of the launcher's own and leave a file. */
async function openHost() {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  await chmod(data.path, 0o755);
  const [workspace, programs, fallen] = ['workspace', 'programs', 'fallen'].map((name) => join(data.path, name)) as [
    string,
    string,
    string,
  ];
  for (const dir of [workspace, programs]) await mkdir(dir, { mode: 0o755 });
  if (options.agentUser) await chown(workspace, options.agentUser.uid, options.agentUser.gid);
  for (const name of ['bwrap', 'setpriv', 'prlimit']) {
    await writeFile(join(programs, name), `#!/bin/sh\necho > ${fallen}\n`, { mode: 0o755 });
  }
  const launcher = createBubblewrapLauncher({
    ...{ ...options, dataDir: data.path, networking: 'unrestricted', modelSocket: undefined },
  });
  const opened = stack.use(openTestHost({ launcher }));
  const held = stack.move();
  return { ...opened, workspace, programs, fallen, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe.skipIf(problem !== undefined)('a host with bubblewrap', () => {
  describeTerminals(openHost);
});

it.skipIf(problem !== undefined)('gives the environment to the program alone, unseen', async () => {
  await using opened = await openHost();
  const { workspace, programs, fallen, nodeId } = opened;
  const env = { PATH: `${programs}:/usr/bin:/bin`, KEY: 'a secret\nof two lines', LD_LIBRARY_PATH: programs };
  const request = { label: 'sesn_1', command: 'sh', cwd: workspace, env, writableDirs: [workspace] };
  const hosted = opened.host.start({ ...request, args: ['-c', 'env -0; read -r line'] });
  let output = '';
  hosted.stdout.setEncoding('utf8').on('data', (data: string) => (output += data));
  await expect.poll(() => output, { timeout: 10_000 }).toContain(PROCESS_MARKER);
  const found = Object.fromEntries(output.split('\0').map((each) => each.split('=', 2)));
  expect(found).toMatchObject({ ...env, [PROCESS_MARKER]: `${nodeId}/sesn_1` });
  expect(
    Object.keys(found)
      .filter((name) => !['', '_', 'OLDPWD', 'SHLVL'].includes(name))
      .toSorted(),
  ).toEqual([...Object.keys(env), PROCESS_MARKER, 'PWD'].toSorted());
  const running = await listProcesses(nodeId);
  expect(running.length).toBeGreaterThan(1);
  expect(JSON.stringify(running)).not.toContain('a secret');
  await hosted.end();
  expect(existsSync(fallen)).toBe(false);
});

it.skipIf(problem !== undefined)('shows the folder of a command only where the server has chosen it', async () => {
  await using opened = await openHost();
  const { workspace, programs } = opened;
  await writeFile(join(programs, 'hello'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
  const request = { command: join(programs, 'hello'), args: [], cwd: workspace, env: {}, writableDirs: [workspace] };
  const [chosen, other] = await Promise.all(
    [true, false].map((showsCommand) => {
      const hosted = opened.host.start({ ...request, label: `sesn_${showsCommand}`, showsCommand });
      return text(hosted.stdout);
    }),
  );
  expect([chosen, other]).toEqual(['hello\n', '']);
});

it.skipIf(problem !== undefined)(
  'lets a process reach the hosts that are named, by its proxy, and nothing else',
  async () => {
    await using opened = await openHost();
    const { workspace } = opened;
    const server = createServer((_, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = (reachableHosts: string[], networking: 'limited' | 'unrestricted' = 'unrestricted') => {
      const request = {
        command: process.execPath,
        cwd: workspace,
        env: { PORT: String(port) },
        writableDirs: [workspace],
        callsModel: false,
      };
      const label = `sesn_${reachableHosts.length}_${networking}`;
      const hosted = opened.host.start({ ...request, args: ['-e', ASK], label, reachableHosts, networking });
      return text(hosted.stdout);
    };
    try {
      const answers = await Promise.all([ask([`localhost:${port}`]), ask([]), ask(['localhost'], 'limited')]);
      const through = ['200 hello', '403 The plugin was not granted this host\n', '200', '403'];
      expect(answers.map((answer) => JSON.parse(answer) as unknown)).toEqual([
        [...through, 'ECONNREFUSED'],
        ['no proxy', 'ECONNREFUSED'],
        ['no proxy', 'ECONNREFUSED'],
      ]);
    } finally {
      server.close();
    }
  },
);

/** Prints what it gets: of two hosts by the proxy, of two tunnels, and of the machine's own loopback. */
const ASK = `
const http = require('node:http');
const { PORT: port, HTTP_PROXY: proxy } = process.env;
const send = (options, read) => new Promise((resolve) => {
  const request = http.request({ agent: false, ...options }).on('error', ({ code }) => resolve(code));
  request.on('connect', ({ statusCode }, socket) => { socket.destroy(); resolve(String(statusCode)); });
  request.on('response', (answer) => {
    let text = '';
    answer.on('data', (data) => (text += data)).on('end', () => resolve(read(answer.statusCode, text)));
  });
  request.end();
});
const { hostname, port: proxyPort } = proxy ? new URL(proxy) : {};
const byProxy = (path, method) =>
  send({ host: hostname, port: proxyPort, path, method }, (status, text) => (method === 'GET' ? status + ' ' + text : String(status)));
const all = proxy
  ? ['http://localhost:' + port + '/', 'http://127.0.0.1:' + port + '/'].map((url) => byProxy(url, 'GET'))
      .concat(['localhost:' + port, 'localhost:1'].map((target) => byProxy(target, 'CONNECT')))
  : ['no proxy'];
Promise.all([...all, send({ host: '127.0.0.1', port }, () => 'reached')]).then((answers) => console.log(JSON.stringify(answers)));
`;
