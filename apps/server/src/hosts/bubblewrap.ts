import { spawn } from 'node:child_process';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Networking } from './host.ts';
import type { Launcher } from './launcher.ts';
import { toSandboxCommand, type SandboxOptions } from './sandbox-args.ts';

export interface BubblewrapOptions extends SandboxOptions {
  /** Default for processes that ask for no other networking. */
  networking: Networking;
  /** Where the model gateway listens for processes without a network; undefined where it cannot. */
  modelSocket: string | undefined;
}

/**
 * Starts processes in bubblewrap. `toSandboxCommand` says what they may do, `findSandboxProblem` whether that is
 * enforced. Their PID namespace ends with its first process and with the server, even if either is killed. With
 * limited networking there is no network, and the CLI reaches the model over a socket (2.1.330).
 */
export function createBubblewrapLauncher(options: BubblewrapOptions): Launcher {
  return {
    name: 'bubblewrap',
    confines: true,
    agentUser: options.agentUser,
    launch(request) {
      const { networking = options.networking, callsModel = true } = request;
      const modelSocket = networking === 'limited' && callsModel ? getModelSocket(options) : undefined;
      const [file = '', ...args] = toSandboxCommand({ ...request, networking }, { ...options, modelSocket });
      const env = { ...request.env, ...(modelSocket !== undefined && { ANTHROPIC_UNIX_SOCKET: modelSocket }) };
      return spawn(file, args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    },
  };
}

function getModelSocket({ modelSocket, dataDir }: BubblewrapOptions): string {
  if (modelSocket !== undefined) return modelSocket;
  throw new CspError(
    'invalid_request',
    `The path of the data directory is too long for the socket that limited networking needs: ${dataDir}`,
  );
}
