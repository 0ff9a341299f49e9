import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Networking } from './host.ts';
import type { Launcher, LaunchRequest } from './launcher.ts';
import { createHostReach } from './reach/through-proxy.ts';
import { PROCESS_MARKER } from './process-marker.ts';
import { toSandboxCommand, type SandboxOptions } from './sandbox-args.ts';
import { SYSTEM_PATH } from './system-programs.ts';
import { toEnvironmentArgs } from './to-environment-args.ts';

export interface BubblewrapOptions extends SandboxOptions {
  /** Default for processes that ask for no other networking. */
  networking: Networking;
  /** Where the model gateway listens for processes without a network; undefined where it cannot. */
  modelSocket: string | undefined;
}

/** Where the inner bubblewrap reads the program's environment. */
const ENVIRONMENT_FD = 3;

/**
 * Starts processes in bubblewrap. `toSandboxCommand` says what they may do, `findSandboxProblem` whether that is
 * enforced. Their PID namespace ends with its first process and with the server, even if either is killed. With
 * limited networking there is no network, and the CLI reaches the model over a socket (2.1.330).
 *
 * The request's environment is for the program inside alone: what prepares the sandbox runs with the server's rights, and
 * a PATH or LD_PRELOAD would decide what that is. It goes through a descriptor, for command lines can be read by everybody.
 */
export function createBubblewrapLauncher(options: BubblewrapOptions): Launcher {
  const reach = createHostReach(join(options.dataDir, 'run', 'h'));
  return {
    name: 'bubblewrap',
    confines: true,
    agentUser: options.agentUser,
    launch(asked) {
      const { networking: wanted = options.networking } = asked;
      const request = reach.through({ ...asked, networking: wanted });
      const { networking, callsModel = true } = request;
      const modelSocket = networking === 'limited' && callsModel ? getModelSocket(options) : undefined;
      const env: LaunchRequest['env'] = {
        ...request.env,
        ...(modelSocket !== undefined && { ANTHROPIC_UNIX_SOCKET: modelSocket }),
      };
      const environmentArgs = toEnvironmentArgs(env);
      const [file = '', ...args] = toSandboxCommand(request, { ...options, modelSocket, argsFd: ENVIRONMENT_FD });
      const child = spawn(file, args, {
        cwd: '/',
        // The marker is how the host finds the launcher's own processes.
        env: { PATH: SYSTEM_PATH, [PROCESS_MARKER]: env[PROCESS_MARKER] },
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        detached: true,
      });
      send(child, environmentArgs);
      return child;
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

function send(child: ChildProcess, text: string): void {
  // Undefined when descriptors are short, unlike what the type says (Node 24).
  const stream = (child.stdio as ChildProcess['stdio'] | undefined)?.[ENVIRONMENT_FD];
  if (!(stream instanceof Socket)) return;
  // A launcher that ended early reads nothing: its exit says why.
  stream.on('error', () => undefined).resume();
  stream.end(text);
}
