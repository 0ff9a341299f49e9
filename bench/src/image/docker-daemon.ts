import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';

import { runTool, type ToolOptions } from './run-tool.ts';

export interface Docker extends AsyncDisposable {
  /** Runs `docker` and resolves with what it printed, without the line end behind it. */
  run: (args: readonly string[], options?: Pick<ToolOptions, 'input' | 'withErrors'>) => Promise<string>;
  /** What leads other programs to this daemon. */
  environment: Readonly<Record<string, string>>;
}

/**
 * Starts a Docker daemon whose images, state and socket are below `dir`, beside any other of the machine. It changes no
 * firewall rules and makes no bridge of its own. Disposal ends it with its containers and unmounts what it mounted.
 */
export async function startDocker(dir: string): Promise<Docker> {
  const socket = `unix://${join(dir, 'docker.sock')}`;
  const log = createWriteStream(join(dir, 'dockerd.log'));
  await once(log, 'open');
  const daemon = spawn(
    'dockerd',
    [
      ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
      ...['--host', socket, '--pidfile', join(dir, 'docker.pid')],
      ...['--iptables=false', '--bridge=none', '--oom-score-adjust=0'],
    ],
    { stdio: ['ignore', log, log] },
  );
  const environment = { DOCKER_HOST: socket };
  const exited = once(daemon, 'exit');
  const run: Docker['run'] = async (args, options) =>
    (await runTool('docker', args, { ...options, env: environment })).trimEnd();
  const end = async () => {
    daemon.kill('SIGTERM');
    await exited;
    await unmountBelow(dir);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until(
      'the Docker daemon answers',
      async () => (await run(['version', '--format', '{{.Server.Version}}'])) !== '',
    );
  } catch (error) {
    const said = (await readFile(join(dir, 'dockerd.log'), 'utf8')).split('\n').slice(-5).join('\n');
    await end();
    throw new Error(`dockerd does not start here:\n${said}`, { cause: error });
  }
  return {
    ...{ run, environment },
    async [Symbol.asyncDispose]() {
      const left = await run(['ps', '--all', '--quiet']).catch(() => '');
      if (left !== '') await run(['rm', '--force', '--volumes', ...left.split('\n')]).catch(() => '');
      // Their bridges would outlive the daemon.
      await run(['network', 'prune', '--force']).catch(() => '');
      await end();
    },
  };
}

/** Deepest first. */
async function unmountBelow(dir: string): Promise<void> {
  const points = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const point of points.filter((path) => path.startsWith(`${dir}/`)).toReversed())
    await runTool('umount', ['--lazy', point]).catch(() => '');
}
