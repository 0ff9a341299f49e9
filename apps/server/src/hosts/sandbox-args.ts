import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';

import { toLimitArgs } from '../lib/process-limits.ts';
import type { AgentUser } from './host.ts';
import type { LaunchRequest } from './launcher.ts';
import { findSystemProgram } from './system-programs.ts';
import { toLoaderArgs } from './to-environment-args.ts';

export interface SandboxLimits {
  /** Processes and threads of a session together. */
  maxProcesses: number;
  /** Size of a session's /tmp, which is in memory. */
  tmpBytes: number;
  /** No file of a session may be larger; undefined for no bound. */
  maxFileBytes: number | undefined;
}

export interface SandboxOptions {
  dataDir: string;
  sharedDir: string | undefined;
  /** Read-only inside, beside the system's own folders. */
  readablePaths: readonly string[];
  limits: SandboxLimits;
  /** The user of agent processes when the server is root; undefined: the server's own user. */
  agentUser: AgentUser | undefined;
}

type SandboxRequest = Pick<
  LaunchRequest,
  'command' | 'args' | 'cwd' | 'writableDirs' | 'readableDirs' | 'showsCommand' | 'networking' | 'maxRssBytes'
> &
  Partial<Pick<LaunchRequest, 'env'>>;

/** A path of the host and whether it may be written; at the same place inside unless another one is named. */
interface Bind {
  path: string;
  writable: boolean;
  inside?: string;
}

/** Programs and their settings. Nothing else of the host is mounted, so there is nothing below a mount to be found. */
const SYSTEM_PATHS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/opt',
  '/etc',
  '/nix/store',
  '/gnu/store',
];
const CHECKOUT = realpathSync(join(import.meta.dirname, '../../../..'));
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;
/** Only mount points stand in it. */
const STAGE_BYTES = 1024 * 1024;
const STAGE = '/tmp';

/**
 * The command line that runs a request in bubblewrap (0.8): own user, PID, IPC, UTS and cgroup namespaces, no capability,
 * no further user namespace, a read-only root that has the system's programs, the session's folders and nothing else.
 * With limited networking there is no network; with `modelSocket` neither, and the socket is inside. With `argsFd` the inner
 * bubblewrap reads more options from that descriptor: the environment, but for what `toLoaderArgs` gives. Pure but for what it asks the file system.
 */
export function toSandboxCommand(
  request: SandboxRequest,
  options: SandboxOptions & { modelSocket: string | undefined; argsFd?: number },
): string[] {
  const { agentUser, limits, modelSocket, argsFd } = options;
  const hasNetwork = modelSocket === undefined && request.networking !== 'limited';
  const binds = listBinds(request, options);
  // A user of its own cannot pass the folders above them, such as /root: it finds them on a stage.
  const toSource = (path: string, index: number) => (agentUser === undefined ? path : `${STAGE}/${index}`);
  return [
    ...(agentUser === undefined ? [] : toStageArgs(binds, agentUser)),
    ...[findSystemProgram('bwrap'), ...(argsFd === undefined ? [] : ['--args', String(argsFd)])],
    ...['--die-with-parent', '--cap-drop', 'ALL', '--unshare-user', '--disable-userns'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(hasNetwork ? [] : ['--unshare-net']),
    ...toSystemArgs(options),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(SHARED_MEMORY_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', String(limits.tmpBytes), '--tmpfs', '/tmp'],
    ...['--symlink', '../tmp', '/var/tmp', '--symlink', '../run', '/var/run', '--dir', '/run'],
    ...binds.flatMap(({ path, writable, inside = path }, index) => [
      writable ? '--bind' : '--ro-bind',
      toSource(path, index),
      inside,
    ]),
    // Its root is a tmpfs, too: without a bound, were it not read-only.
    ...['--remount-ro', '/', '--chdir', request.cwd, '--'],
    ...toLimitArgs({ ...limits, maxRssBytes: request.maxRssBytes }),
    ...toLoaderArgs(request.env ?? {}),
    ...[request.command, ...request.args],
  ];
}

/**
 * The root of the server only prepares: it shows the session's folders to the agent's user, and becomes that user for
 * good. What follows is what an ordinary user's server does.
 */
function toStageArgs(binds: readonly Bind[], { uid, gid }: AgentUser): string[] {
  return [
    ...[findSystemProgram('bwrap'), '--die-with-parent', '--dev-bind', '/', '/'],
    ...['--size', String(STAGE_BYTES), '--tmpfs', STAGE],
    ...binds.flatMap(({ path, writable }, index) => [writable ? '--bind' : '--ro-bind', path, `${STAGE}/${index}`]),
    ...['--chdir', '/', '--', findSystemProgram('setpriv')],
    ...['--reuid', String(uid), '--regid', String(gid), '--clear-groups'],
    ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--'],
  ];
}

function listBinds(
  request: Pick<SandboxRequest, 'command' | 'writableDirs' | 'readableDirs' | 'showsCommand'>,
  options: SandboxOptions & { modelSocket: string | undefined },
): Bind[] {
  const { readablePaths, modelSocket, agentUser } = options;
  const { command, readableDirs = [], showsCommand = true } = request;
  // A name without a path is looked up in PATH, inside.
  const program = showsCommand && isAbsolute(command) ? dirname(command) : undefined;
  const readable = [program, findResolverFile(), modelSocket, ...readablePaths, ...readableDirs];
  return [
    ...readable.flatMap((path) => (path !== undefined && statOf(path) ? [{ path, writable: false }] : [])),
    ...request.writableDirs.map((path) => ({ path, writable: true })),
    // Programs look up their user's name, and some end when there is none.
    ...(agentUser?.passwdFile === undefined
      ? []
      : [{ path: agentUser.passwdFile, writable: false, inside: '/etc/passwd' }]),
  ];
}

function toSystemArgs({ dataDir, sharedDir = dataDir, agentUser }: SandboxOptions): string[] {
  const excluded = [
    toRealPath(dataDir),
    toRealPath(sharedDir),
    CHECKOUT,
    ...(agentUser === undefined ? listPrivateSettings() : []),
  ];
  return SYSTEM_PATHS.flatMap((path) => toReadOnlyBinds(path, excluded));
}

/** The whole path. If something in it is excluded: everything in it except that. */
function toReadOnlyBinds(path: string, excluded: readonly string[]): string[] {
  const stat = statOf(path);
  if (stat === undefined || excluded.includes(path)) return [];
  if (stat.isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
  if (!excluded.some((each) => each.startsWith(path + sep))) return ['--ro-bind', path, path];
  return readdirSync(path).flatMap((name) => toReadOnlyBinds(join(path, name), excluded));
}

/** Settings that are not for everybody and that the server's user may read, such as a file with its own keys. */
function listPrivateSettings(): string[] {
  const uid = process.getuid?.();
  const groups = process.getgroups?.() ?? [];
  return readdirSync('/etc').flatMap((name) => {
    const stat = statOf(`/etc/${name}`);
    if (stat === undefined || (stat.mode & 0o004) !== 0) return [];
    return stat.uid === uid || groups.includes(stat.gid) ? [`/etc/${name}`] : [];
  });
}

/** The file behind /etc/resolv.conf, where it lies under /run. */
function findResolverFile(): string | undefined {
  const path = toRealPath('/etc/resolv.conf');
  return path.startsWith('/run/') ? path : undefined;
}

function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
