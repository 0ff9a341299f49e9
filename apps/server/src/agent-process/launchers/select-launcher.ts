import { ConfigError } from '../../config/load-config.ts';
import { createBubblewrapLauncher, findBubblewrapProblem, type BubblewrapOptions } from './bubblewrap.ts';
import type { Launcher } from './launcher.ts';
import { LIMITED_NEEDS_SANDBOX, localLauncher } from './local.ts';

export interface LauncherChoice {
  launcher: Launcher;
  /** Why it was taken, as a sentence for the log and for `csp doctor`. */
  reason: string;
}

/**
 * Takes the launcher that is configured; `auto` takes bubblewrap where it works.
 * @throws ConfigError when bubblewrap is demanded, or limited networking, which needs it, and it does not work.
 */
export async function selectLauncher(
  setting: 'auto' | 'local' | 'bubblewrap',
  options: BubblewrapOptions,
): Promise<LauncherChoice> {
  const problem =
    setting === 'local' ? 'The configuration says local' : await findBubblewrapProblem(options.networking);
  if (problem === undefined) {
    return { launcher: createBubblewrapLauncher(options), reason: 'Bubblewrap works here' };
  }
  if (setting === 'bubblewrap') {
    throw new ConfigError(`${problem}. Install Debian's package bubblewrap, or set CLAUDE_SDK_PATTERN_LAUNCHER=local`);
  }
  if (options.networking === 'limited') throw new ConfigError(`${problem}. ${LIMITED_NEEDS_SANDBOX}`);
  return { launcher: localLauncher, reason: `${problem}, so agents run with all rights of the server's user` };
}
