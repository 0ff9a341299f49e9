import { chmod, mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname } from 'node:path';

/** Of a socket's address on the systems that we run on: 104 with macOS, 108 with Linux, the last byte being zero. */
const MAX_SOCKET_PATH_BYTES = 100;

/** Whether a unix socket can have this path; the system's limit is far below that of files. */
export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES;
}

/**
 * Listens on a unix socket in a folder that only this user can enter. When the server is root, agents have another
 * user, who can reach the socket only. A socket that a killed server left there is removed, so no other server may
 * use the path. Rejects when it cannot listen.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, process.getuid?.() === 0 ? 0o666 : 0o600);
}
