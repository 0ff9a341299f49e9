import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { LaunchRequest } from '../launcher.ts';
import { openHostProxy } from './host-proxy.ts';

const BRIDGE = join(import.meta.dirname, 'bridge.ts');
/** The kernel's bound on the path of a socket, with its end. */
const MAX_PATH_BYTES = 100;

/** Sandboxed processes that reach some hosts only: each list of hosts has one proxy, for as long as the server runs. */
export function createHostReach(dir: string) {
  const sockets = new Map<string, string>();

  const findSocket = (hosts: readonly string[]): string => {
    const key = hosts.toSorted().join(' ');
    const known = sockets.get(key);
    if (known !== undefined) return known;
    const socket = join(dir, createHash('sha256').update(key).digest('hex').slice(0, 12));
    if (Buffer.byteLength(socket) > MAX_PATH_BYTES)
      throw new CspError('invalid_request', `The path of the data directory is too long for a socket: ${socket}`);
    openHostProxy(socket, hosts);
    sockets.set(key, socket);
    return socket;
  };

  return {
    /**
     * The request as one for a process without a network whose HTTP proxy reaches its hosts. With limited networking it
     * reaches none.
     * @throws CspError `invalid_request` where the path of the data directory is too long
     */
    through<Request extends LaunchRequest>(request: Request): Request {
      const { reachableHosts, networking, command, args, readableDirs = [] } = request;
      if (reachableHosts === undefined || networking === 'limited') return request;
      const limited = { ...request, networking: 'limited' as const, callsModel: false };
      if (reachableHosts.length === 0) return limited;
      const socket = findSocket(reachableHosts);
      return {
        ...limited,
        command: process.execPath,
        args: [BRIDGE, socket, command, ...args],
        readableDirs: [...readableDirs, socket, BRIDGE, dirname(process.execPath)],
      };
    },
  };
}
