import { findSandboxProblem } from '../../src/hosts/sandbox-problem.ts';
import { toSandboxOptions } from '../../src/hosts/select-host.ts';
import { loadConfig } from '../../src/config/load-config.ts';

/** Why bubblewrap confines nothing on this machine, as this user; undefined where it does. */
export function findSandboxProblemHere(): Promise<string | undefined> {
  return findSandboxProblem({ ...toSandboxOptions(loadConfig({})), networking: 'unrestricted' });
}
