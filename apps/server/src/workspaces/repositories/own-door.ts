import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { isSocketPath, listenOnSocket } from '../../lib/listen-on-socket.ts';
import { findDoorTarget, passGitRequest, type PassOptions } from './git-door.ts';
import type { AskRemote } from './git-service.ts';
import type { RemoteFailure } from './repository-error.ts';

/** One use of the door by the server's own git. */
export interface OwnPass extends Disposable {
  /** For git's command line. */
  url: string;
  /** For this pass alone. */
  token: string;
  /** For git's settings; holds the token. */
  config: readonly (readonly [string, string])[];
  /** Why git did not get what it asked for, of its last request that failed. */
  readonly failure: RemoteFailure | undefined;
  /** Fingerprint of the SSH host key that was trusted because it was the first one. */
  readonly hostKey: string | undefined;
}

interface HeldPass {
  options: Parameters<OwnDoor['pass']>[0];
  failure: RemoteFailure | undefined;
  hostKey: string | undefined;
}

export interface OwnDoor {
  /** Lets git reach this repository until it is disposed of. */
  pass(options: Pick<PassOptions, 'remote' | 'credential' | 'ownerId' | 'take'>): OwnPass;
  /** For git in a sandbox without a network; undefined where there can be none. */
  readonly socketPath: string | undefined;
  close(): Promise<void>;
}

/**
 * The door for the server's own git, on a loopback port and on a socket: git speaks to this, so that it gets no credential, makes no connection to the
 * outside, and follows no redirection.
 */
export async function openOwnDoor(ask: AskRemote, socketPath?: string): Promise<OwnDoor> {
  const passes = new Map<string, HeldPass>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const target = findDoorTarget(request);
    const pass = passes.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (target === undefined || target.service !== 'git-upload-pack' || pass === undefined)
      return void response.writeHead(404).end();
    void passGitRequest(request, response, {
      ...{ ...pass.options, ask, target },
      onHostKey: (fingerprint) => {
        pass.hostKey = fingerprint;
      },
      onFailure: (failure) => {
        pass.failure = failure;
      },
      refuse: () => ({ status: 403, text: 'refused' }),
    });
  };
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const onSocket = socketPath !== undefined && isSocketPath(socketPath) ? createServer(answer) : undefined;
  if (onSocket && socketPath !== undefined) await listenOnSocket(onSocket, socketPath);
  return {
    socketPath: onSocket && socketPath,
    pass(options) {
      const token = randomBytes(32).toString('base64url');
      const held: HeldPass = { options, failure: undefined, hostKey: undefined };
      passes.set(token, held);
      return {
        url: `${base}/git/${options.remote.url.replace('://', '/')}`,
        token,
        config: [['http.extraHeader', `authorization: Bearer ${token}`]],
        get failure() {
          return held.failure;
        },
        get hostKey() {
          return held.hostKey;
        },
        [Symbol.dispose]: () => void passes.delete(token),
      };
    },
    async close() {
      const servers = onSocket ? [server, onSocket] : [server];
      await Promise.all(
        servers.map((each) => {
          const closed = new Promise((resolve) => each.close(resolve));
          each.closeAllConnections();
          return closed;
        }),
      );
    },
  };
}
