import { execFile, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import type { Launcher, LaunchRequest } from './launcher.ts';

const PROBE_TIMEOUT_MS = 5000;
/** Empty inside: homes of people, sockets of the system (a container engine's among them), files of other programs. */
const HIDDEN_DIRS = ['/tmp', '/home', '/root', '/run', '/mnt', '/media', '/srv'];
const HIDDEN_FILES = ['/etc/shadow', '/etc/gshadow', '/etc/sudoers'];

/**
 * Starts processes in bubblewrap: an own PID namespace that ends with its first process and with the server, also when
 * either is killed; a read-only system; the platform's data, homes and /tmp empty but for what is the session's own.
 * The network stays open, because the model gateway is on loopback.
 */
export function createBubblewrapLauncher(options: { dataDir: string }): Launcher {
  return {
    name: 'bubblewrap',
    launch(request) {
      const { cwd, env } = request;
      const args = [...toSandboxArgs(request, options), '--', request.command, ...request.args];
      return spawn('bwrap', args, { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    },
  };
}

/** Undefined when bubblewrap works here, else why it does not, as a sentence. */
export async function findBubblewrapProblem(): Promise<string | undefined> {
  const args = [
    '--unshare-pid',
    '--die-with-parent',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    'true',
  ];
  try {
    await promisify(execFile)('bwrap', args, { timeout: PROBE_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'bubblewrap (bwrap) is not installed';
    return `bubblewrap does not work here: ${stderr?.trim() || String(error)}`;
  }
}

/** Mounts are made in this order, so later ones show through earlier ones. */
function toSandboxArgs(request: LaunchRequest, { dataDir }: { dataDir: string }): string[] {
  const hiddenDirs = [...HIDDEN_DIRS, dataDir].filter((dir) => existsSync(dir));
  // What a program of the system needs although it lies in a hidden folder.
  const shown = [dirname(request.command), findResolverFile()].filter((path) => path !== undefined);
  return [
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
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
