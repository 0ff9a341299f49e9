import { spawn } from 'node:child_process';

import type { Launcher } from './launcher.ts';

/** Starts processes as they are: with the rights of the server's user, ended by their group. */
export const localLauncher: Launcher = {
  name: 'local',
  launch({ command, args, cwd, env }) {
    return spawn(command, args, { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  },
};
