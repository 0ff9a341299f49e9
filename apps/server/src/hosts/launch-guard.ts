import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends process groups when the server itself is killed. */
export interface LaunchGuard {
  add(group: number): void;
  remove(group: number): void;
  /** Resolves when the guard is gone; of what still runs it ends nothing then. Idempotent. */
  close(): Promise<void>;
}

/**
 * Reads `+ GROUP` and `- GROUP` lines from the server. When the input ends without a `.`, the server was killed, and
 * the script kills every group that is left.
 */
const SCRIPT = `
groups=' '
while read -r word group; do
  case "$word" in
    +) groups="$groups$group " ;;
    -) case "$groups" in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
    .) exit 0 ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

/**
 * Kills every process group of the server when the server is killed. A CLI in the middle of a turn does not stop when
 * its standard input ends: it calls the model again, for minutes (2.1.330). One shell of less than a megabyte for all
 * groups, outside of the server's group, started with the first one.
 */
export function createLaunchGuard(): LaunchGuard {
  let guard: ChildProcess | undefined;

  const tell = (line: string) => {
    guard ??= startGuard();
    guard.stdin?.write(`${line}\n`);
  };

  return {
    add: (group) => tell(`+ ${group}`),
    remove: (group) => tell(`- ${group}`),
    async close() {
      const closing = guard;
      if (closing === undefined || closing.exitCode !== null || closing.signalCode !== null) return;
      const exited = once(closing, 'exit');
      closing.stdin?.end('.\n');
      await exited;
    },
  };
}

/** Knows nothing of the server but its line: no folder, no environment, no terminal. */
function startGuard(): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', SCRIPT], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a guard, the next start of the server finds the processes that are left.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  return guard;
}
