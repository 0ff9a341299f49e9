import { spawn, type ChildProcess } from 'node:child_process';

/** What a process is started from: the command line of the CLI as the SDK made it, and its clean environment. */
export interface LaunchRequest {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** How agent processes are started. One way now; sandboxes and containers come behind the same interface. */
export interface Launcher {
  readonly name: 'local';
  /** Starts the process as the leader of its own process group, so that all its children can be ended with it. */
  launch(request: LaunchRequest): ChildProcess;
}

export const localLauncher: Launcher = {
  name: 'local',
  launch({ command, args, cwd, env }) {
    return spawn(command, args, { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  },
};
