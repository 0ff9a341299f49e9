import { findBubblewrapProblem } from '../agent-process/launchers/bubblewrap.ts';
import type { Config } from '../config/load-config.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

interface SandboxDeps {
  platform?: NodeJS.Platform;
  /** Why bubblewrap does not work here; undefined when it does. */
  findProblem?: () => Promise<string | undefined>;
  run?: (file: string, args: readonly string[]) => Promise<ProgramOutcome>;
}

/**
 * Checks the tools that confine agents. Without them agents run with all rights of the server's user, so they fail only
 * where the configuration (`launcher`) insists on them.
 */
export async function checkSandbox(launcher: Config['launcher'], deps: SandboxDeps = {}): Promise<CheckResult[]> {
  const { platform = process.platform, findProblem = findBubblewrapProblem, run = runProgram } = deps;
  const [problem, socat] = await Promise.all([findProblem(), run('socat', ['-V'])]);
  return [toBubblewrapResult(launcher, platform, problem), toSocatResult(socat)];
}

function toBubblewrapResult(launcher: Config['launcher'], platform: NodeJS.Platform, problem?: string): CheckResult {
  const name = 'Sandbox';
  if (problem !== undefined) {
    const status = launcher === 'bubblewrap' ? 'failed' : 'warning';
    return toProblem(name, status, { detail: problem, remedy: toRemedy(platform, problem) });
  }
  if (launcher !== 'local') return toOk(name, 'bubblewrap works, agents are confined');
  return toProblem(name, 'warning', {
    detail: 'bubblewrap works, but agents run with all rights of this user, as configured',
    remedy: 'Leave CLAUDE_SDK_PATTERN_LAUNCHER at auto to confine them.',
  });
}

function toRemedy(platform: NodeJS.Platform, problem: string): string {
  if (platform !== 'linux') return 'Run the server on Linux, or in a Linux container, when agents must be confined.';
  if (problem.includes('not installed')) return 'Install it (Debian: apt-get install bubblewrap) to confine agents.';
  return 'Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).';
}

function toSocatResult(outcome: ProgramOutcome): CheckResult {
  if (outcome.ok) return toOk('socat', 'works');
  return toProblem('socat', 'warning', {
    detail: outcome.reason,
    remedy: "Install it (Debian: apt-get install socat) where agents use the CLI's own command sandbox.",
  });
}
