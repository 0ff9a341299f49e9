import { spawn } from 'node:child_process';

import { CspError } from '@claude-sdk-pattern/protocol';

import { toLimitArgs } from '../lib/process-limits.ts';
import type { Launcher } from './launcher.ts';

/** Why `limited` cannot be had without a sandbox, and what to do. */
export const LIMITED_NEEDS_SANDBOX =
  'Limited networking needs the bubblewrap launcher: install bubblewrap, or allow unrestricted networking';

/** Starts processes as they are: with the rights of the server's user and its network, ended by their group. */
export const localLauncher: Launcher = {
  name: 'local',
  confines: false,
  launch({ command, args, cwd, env, maxRssBytes, networking = 'unrestricted' }) {
    if (networking === 'limited') throw new CspError('invalid_request', LIMITED_NEEDS_SANDBOX);
    const limits = maxRssBytes === undefined ? [] : toLimitArgs({ maxRssBytes });
    const [file = '', ...rest] = [...limits, command, ...args];
    return spawn(file, rest, { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  },
};
