import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { findFreePort } from './free-port.ts';
import { killProcesses } from './processes.ts';
import { until } from './until.ts';
import { createWorkspaceDir } from './workspace-dir.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const MAX_LOG_CHARS = 1_000_000;
/** Fewer garbage collections, without threads of their own: a start takes a tenth less processor time. */
const HEAP_FLAGS = [
  '--min-semi-space-size=16',
  '--max-semi-space-size=32',
  '--initial-heap-size=256',
  '--single-threaded-gc',
];

export interface ServerOptions {
  /** The Messages API behind the server; by default the server's own demo model answers. */
  upstreamUrl?: string;
  /** Additional environment variables; the rest of the server's environment is empty. */
  environment?: Readonly<Record<string, string>>;
  /** Uses this data directory and keeps it; by default a temporary one, removed on disposal. */
  dataDir?: string;
  /**
   * User and group id of the server; only root can set it, and it needs bubblewrap. The user gets the data directory.
   */
  runAs?: number;
}

/** A real server in its own process. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** An administrator's key. */
  readonly apiKey: string;
  /** Also the marker with which `listProcesses` finds the server's processes. */
  readonly dataDir: string;
  /** The process id of the running server, or of the last one. */
  readonly pid: number;
  /**
   * The server's standard output and error, over all starts. Beyond a million characters the oldest part is dropped.
   */
  readonly logs: string;
  /** Calls the HTTP API with the administrator's key. */
  fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends a signal, by default SIGKILL (a crash), and resolves when the server has exited. */
  kill: (signal?: NodeJS.Signals) => Promise<ServerExit>;
  /** Starts the server again at the same address with the same data. Stops it first if it is running. */
  restart: () => Promise<void>;
  /** Stops the server with SIGTERM. Resolves at once if it is not running. */
  stop: () => Promise<ServerExit | undefined>;
}

export interface ServerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Starts `apps/server` and resolves when it is ready. @throws Error with the server's logs if it ends before that. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const home = await createWorkspaceDir();
  if (options.runAs !== undefined) await chown(home.path, options.runAs, options.runAs);
  const dataDir = options.dataDir ?? join(home.path, 'data');
  const apiKey = `csp_test_${randomBytes(24).toString('hex')}`;
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = toEnvironment({ ...options, dataDir, apiKey, port, home: home.path });
  let logs = '';
  let child = await launch().catch(async (error: unknown) => {
    await home[Symbol.asyncDispose]();
    throw error;
  });

  async function launch(): Promise<ChildProcess> {
    const command = options.runAs === undefined ? [] : toUserCommand(options.runAs, home.path);
    const started = spawnServer(environment, command);
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        logs = (logs + text).slice(-MAX_LOG_CHARS);
      });
    }
    try {
      await until('the server is ready', () => hasEnded(started) || isReady(url), READY_TIMEOUT_MS);
      if (hasEnded(started)) throw new Error('It ended.');
      return started;
    } catch (error) {
      await end(started, 'SIGKILL');
      throw new Error(`The server did not become ready.\n${logs}`, { cause: error });
    }
  }

  async function stop(): Promise<ServerExit | undefined> {
    return hasEnded(child) ? undefined : end(child, 'SIGTERM');
  }

  return {
    url,
    apiKey,
    dataDir,
    get pid() {
      return child.pid ?? 0;
    },
    get logs() {
      return logs;
    },
    fetch(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${apiKey}`);
      return fetch(new URL(path, url), { ...init, headers });
    },
    kill: (signal = 'SIGKILL') => end(child, signal),
    async restart() {
      await stop();
      child = await launch();
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await killProcesses(dataDir);
      await home[Symbol.asyncDispose]();
    },
  };
}

function spawnServer(environment: NodeJS.ProcessEnv, command: readonly string[]): ChildProcess {
  // Starts the server as `npm start` does. The second module stops the server when the test's process ends for any
  // reason.
  const preloaded = ['compile-cache.mjs', 'resolve-cache.mjs', 'follow-parent.mjs'].flatMap((name) => [
    '--import',
    join(ROOT, 'scripts/setup', name),
  ]);
  const [file, ...args] = [
    ...[...command, process.execPath, ...HEAP_FLAGS, ...preloaded],
    join(ROOT, 'apps/server/src/main.ts'),
  ];
  return spawn(file ?? process.execPath, args, {
    env: environment,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
}

/** Switches to an ordinary user, who could otherwise not enter the folders above the checkout, such as /root. */
function toUserCommand(id: number, home: string): string[] {
  const top = `/${ROOT.split('/')[1]}`;
  const shown = [ROOT, home].filter((path) => path.startsWith(`${top}/`));
  return [
    ...['bwrap', '--die-with-parent', '--dev-bind', '/', '/', '--tmpfs', top],
    ...shown.flatMap((path) => [...toPassableArgs(path, top), '--bind', path, path]),
    ...['--', 'setpriv', '--reuid', String(id), '--regid', String(id), '--clear-groups'],
    ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--'],
  ];
}

/** The folders that bubblewrap creates above a mount point are closed to other users. */
function toPassableArgs(path: string, top: string): string[] {
  const above = dirname(path);
  return above === top ? [] : [...toPassableArgs(above, top), '--perms', '0755', '--dir', above];
}

interface EnvironmentOptions extends ServerOptions {
  dataDir: string;
  apiKey: string;
  port: number;
  home: string;
}

/** Keeps only PATH of the tester's own environment: no key, no settings, no home. */
function toEnvironment(options: EnvironmentOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: options.home,
    LANG: 'C.UTF-8',
    CLAUDE_SDK_PATTERN_HOST: '127.0.0.1',
    CLAUDE_SDK_PATTERN_PORT: String(options.port),
    CLAUDE_SDK_PATTERN_DATA_DIR: options.dataDir,
    CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: options.apiKey,
    // Spares would take processor time from the test. Tests of the pool set a size.
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    ...(options.upstreamUrl !== undefined && {
      ANTHROPIC_BASE_URL: options.upstreamUrl,
      ANTHROPIC_API_KEY: 'upstream-key',
    }),
    ...options.environment,
  };
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).ok;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<ServerExit> {
  if (!hasEnded(child)) {
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
  return { code: child.exitCode, signal: child.signalCode };
}
