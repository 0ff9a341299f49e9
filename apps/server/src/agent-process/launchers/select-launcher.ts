import { createBubblewrapLauncher, findBubblewrapProblem } from './bubblewrap.ts';
import type { Launcher } from './launcher.ts';
import { localLauncher } from './local.ts';

export interface LauncherChoice {
  launcher: Launcher;
  /** Why it was taken, as a sentence for the log and for `csp doctor`. */
  reason: string;
}

/**
 * Takes the launcher that is configured; `auto` takes bubblewrap where it works.
 * @throws Error when bubblewrap is demanded and does not work.
 */
export async function selectLauncher(
  setting: 'auto' | 'local' | 'bubblewrap',
  options: { dataDir: string },
): Promise<LauncherChoice> {
  if (setting === 'local') return { launcher: localLauncher, reason: 'The configuration says local' };
  const problem = await findBubblewrapProblem();
  if (problem === undefined) {
    return { launcher: createBubblewrapLauncher(options), reason: 'Bubblewrap works here' };
  }
  if (setting === 'bubblewrap') {
    throw new Error(`${problem}. Install Debian's package bubblewrap, or set CLAUDE_SDK_PATTERN_LAUNCHER=local`);
  }
  return { launcher: localLauncher, reason: `${problem}, so agents run with all rights of the server's user` };
}
