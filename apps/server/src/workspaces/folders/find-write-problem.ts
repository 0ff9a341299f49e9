import { runProgram } from '../../lib/run-program.ts';

const TIMEOUT_MS = 10_000;

/**
 * Why the user of agents could not change the folder; undefined where they could. The system itself is asked, because it knows of access
 * lists and read-only disks as well. The folder is opened before the user changes, as the sandbox does.
 */
export async function findWriteProblem(
  path: string,
  agentUser: { uid: number; gid: number } | undefined,
): Promise<string | undefined> {
  const tested = await runProgram('test', ['-r', '.', '-a', '-w', '.', '-a', '-x', '.'], {
    ...{ cwd: path, env: { PATH: '/usr/bin:/bin' }, timeoutMs: TIMEOUT_MS, maxOutputBytes: 1024 },
    ...(agentUser && { user: agentUser }),
  });
  if (tested.ok) return undefined;
  const who = agentUser === undefined ? 'the user of this server' : `the user of agents (uid ${agentUser.uid})`;
  return `The folder ${path} may not be read and changed by ${who}. Give that user the right, for example with setfacl, or use a copy`;
}
