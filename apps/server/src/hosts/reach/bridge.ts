import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { constants } from 'node:os';

// Runs a program in a sandbox without a network: what it sends to its HTTP proxy, which listens here, goes to the server's
// proxy on a socket. Arguments: the socket, the program, its arguments.
const [socket = '', command = '', ...args] = process.argv.slice(2);
const bridge = createServer((client) => {
  const server = connect(socket);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.pipe(other);
  }
});
bridge.listen(0, '127.0.0.1');
await once(bridge, 'listening');
const proxy = `http://127.0.0.1:${(bridge.address() as AddressInfo).port}`;
const variables = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => `${name}=${proxy}`),
  ...['NO_PROXY', 'no_proxy'].map((name) => `${name}=localhost,127.0.0.1`),
  // Node (24) itself looks at the others only then.
  'NODE_USE_ENV_PROXY=1',
];
const child = spawn('/usr/bin/env', [...variables, command, ...args], { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
