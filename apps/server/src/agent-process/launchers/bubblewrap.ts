import { execFile, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Launcher, LaunchRequest, Networking } from './launcher.ts';

export interface BubblewrapOptions {
  dataDir: string;
  /** Of processes that ask for nothing else. */
  networking: Networking;
  /** Where the model gateway listens for processes without a network; undefined where it cannot. */
  modelSocket: string | undefined;
}

const PROBE_TIMEOUT_MS = 5000;
/** Empty inside: homes of people, sockets of the system (a container engine's among them), files of other programs. */
const HIDDEN_DIRS = ['/tmp', '/home', '/root', '/run', '/mnt', '/media', '/srv'];
const SYSTEM_ARGS = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
const HIDDEN_FILES = ['/etc/shadow', '/etc/gshadow', '/etc/sudoers'];

/**
 * Starts processes in bubblewrap: an own PID namespace that ends with its first process and with the server, also when
 * either is killed; a read-only system; the platform's data, homes and /tmp empty but for what is the session's own.
 * With limited networking there is no network at all, and the CLI finds the model over a socket (2.1.330).
 */
export function createBubblewrapLauncher(options: BubblewrapOptions): Launcher {
  return {
    name: 'bubblewrap',
    launch(request) {
      const { networking = options.networking } = request;
      const modelSocket = networking === 'limited' ? getModelSocket(options) : undefined;
      const args = [...toSandboxArgs(request, { ...options, modelSocket }), '--', request.command, ...request.args];
      const env = { ...request.env, ...(modelSocket !== undefined && { ANTHROPIC_UNIX_SOCKET: modelSocket }) };
      return spawn('bwrap', args, { cwd: request.cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    },
  };
}

/** Undefined when bubblewrap works here with such a network, else why it does not, as a sentence. */
export async function findBubblewrapProblem(networking: Networking = 'unrestricted'): Promise<string | undefined> {
  const args = [...toNamespaceArgs(networking === 'limited'), ...SYSTEM_ARGS, 'true'];
  try {
    await promisify(execFile)('bwrap', args, { timeout: PROBE_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'bubblewrap (bwrap) is not installed';
    return `bubblewrap does not work here: ${stderr?.trim() || String(error)}`;
  }
}

function getModelSocket({ modelSocket, dataDir }: BubblewrapOptions): string {
  if (modelSocket !== undefined) return modelSocket;
  throw new CspError(
    'invalid_request',
    `The path of the data directory is too long for the socket that limited networking needs: ${dataDir}`,
  );
}

function toNamespaceArgs(withoutNetwork: boolean): string[] {
  const shared = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent'];
  return withoutNetwork ? [...shared, '--unshare-net'] : shared;
}

/** Mounts are made in this order, so later ones show through earlier ones. With a socket there is no network. */
function toSandboxArgs(request: LaunchRequest, options: Omit<BubblewrapOptions, 'networking'>): string[] {
  const { dataDir, modelSocket } = options;
  const hiddenDirs = [...HIDDEN_DIRS, dataDir].filter((dir) => existsSync(dir));
  // What a program of the system needs although it lies in a hidden folder.
  const socketDir = modelSocket === undefined ? undefined : dirname(modelSocket);
  const shown = [dirname(request.command), findResolverFile(), socketDir].filter((path) => path !== undefined);
  return [
    ...toNamespaceArgs(modelSocket !== undefined),
    ...SYSTEM_ARGS,
    ...hiddenDirs.flatMap((dir) => ['--tmpfs', dir]),
    ...HIDDEN_FILES.filter((file) => existsSync(file)).flatMap((file) => ['--ro-bind', '/dev/null', file]),
    ...shown.flatMap((path) => ['--ro-bind', path, path]),
    ...request.writableDirs.flatMap((dir) => ['--bind', dir, dir]),
    ...['--chdir', request.cwd],
  ];
}

/** The file behind /etc/resolv.conf, where it lies under /run. */
function findResolverFile(): string | undefined {
  try {
    const path = realpathSync('/etc/resolv.conf');
    return path.startsWith('/run/') ? path : undefined;
  } catch {
    return undefined;
  }
}
