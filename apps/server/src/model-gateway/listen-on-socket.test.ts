import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { readBody, startGatewayHarness } from './fixtures/gateway-harness.ts';
import { isSocketPath, listenOnSocket } from '../lib/listen-on-socket.ts';

const PERMISSIONS = 0o777;

describe('the gateway on a socket', () => {
  it('serves there as on its port, and asks for a token there too', async () => {
    await using dir = await createWorkspaceDir();
    const socketPath = join(dir.path, 'run', 'model.sock');
    await using gateway = await startGatewayHarness((_, response) => void response.end('answer'), { socketPath });
    expect(await readBody(await gateway.call({ socketPath }))).toBe('answer');
    expect(await readBody(await gateway.call())).toBe('answer');
    expect((await gateway.call({ socketPath, headers: {} })).statusCode).toBe(401);
  });

  it('lets only its user in, and is gone when the gateway is closed', async () => {
    await using dir = await createWorkspaceDir();
    const socketPath = join(dir.path, 'run', 'model.sock');
    await using gateway = await startGatewayHarness(undefined, { socketPath });
    // A root's agents have another user, to whom the sandbox shows the socket without its folder.
    const expected = process.getuid?.() === 0 ? 0o666 : 0o600;
    expect((await stat(socketPath)).mode & PERMISSIONS).toBe(expected);
    expect((await stat(dirname(socketPath))).mode & PERMISSIONS).toBe(0o700);
    await gateway.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  it('takes the place of what a killed server has left', async () => {
    await using dir = await createWorkspaceDir();
    const socketPath = join(dir.path, 'model.sock');
    await mkdir(dirname(socketPath), { recursive: true });
    await writeFile(socketPath, '');
    const server = createServer();
    await listenOnSocket(server, socketPath);
    expect((await stat(socketPath)).isSocket()).toBe(true);
    server.close();
  });
});

describe('the path of a socket', () => {
  it('may be long, but not as long as that of a file', () => {
    expect(isSocketPath(`/${'a'.repeat(99)}`)).toBe(true);
    expect(isSocketPath(`/${'ä'.repeat(60)}`)).toBe(false);
  });
});
