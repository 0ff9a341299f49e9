import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

// Runs git's own helper for HTTP in a sandbox without a network: what it sends to a port of the sandbox goes to the server on a socket.
// Arguments: the socket, the name of the remote, the path of the repository at the server.
const [socket = '', name = '', path = ''] = process.argv.slice(2);
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
const base = `http://127.0.0.1:${(bridge.address() as AddressInfo).port}`;
const helper = spawn('git', ['remote-http', name, `${base}/${path}`], { stdio: 'inherit' });
helper.on('error', () => process.exit(127));
helper.on('exit', (code) => process.exit(code ?? 1));
