import { existsSync } from 'node:fs';

import { findSandboxProblem } from '../hosts/sandbox-problem.ts';
import { describeUser, toSandboxOptions, type LauncherConfig } from '../hosts/select-host.ts';
import { LIMITED_NEEDS_SANDBOX } from '../hosts/local.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

interface SandboxDeps {
  platform?: NodeJS.Platform;
  /** Whether the server runs in a container of Docker or Podman. */
  inContainer?: boolean;
  /** Why bubblewrap does not confine here; undefined when it does. */
  findProblem?: typeof findSandboxProblem;
  run?: (file: string, args: readonly string[]) => Promise<ProgramOutcome>;
}

/**
 * Checks what confines agents, by trying from inside. Without it agents run with all rights of the server's user, so it
 * fails only where the configuration insists on them: by its launcher, or by limited networking.
 */
export async function checkSandbox(settings: LauncherConfig, deps: SandboxDeps = {}): Promise<CheckResult[]> {
  const { platform = process.platform, inContainer = isInContainer() } = deps;
  const { findProblem = findSandboxProblem, run = runProgram } = deps;
  const [problem, socat] = await Promise.all([
    findProblem({ ...toSandboxOptions(settings), networking: settings.agentNetwork }),
    run('socat', ['-V']),
  ]);
  return [toBubblewrapResult(settings, { platform, inContainer, problem }), toSocatResult(socat)];
}

/** By the files that Docker and Podman put into each container. */
function isInContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

interface Finding {
  platform: NodeJS.Platform;
  inContainer: boolean;
  problem: string | undefined;
}

function toBubblewrapResult(settings: LauncherConfig, { problem, ...where }: Finding): CheckResult {
  const name = 'Sandbox';
  const { launcher } = settings;
  const limited = settings.agentNetwork === 'limited';
  if (launcher === 'local' && limited) {
    const remedy = 'Leave CLAUDE_SDK_PATTERN_LAUNCHER at auto, or set CLAUDE_SDK_PATTERN_AGENT_NETWORK=unrestricted.';
    return toProblem(name, 'failed', { detail: LIMITED_NEEDS_SANDBOX, remedy });
  }
  if (problem !== undefined) {
    const status = launcher === 'bubblewrap' || limited ? 'failed' : 'warning';
    const detail = `${problem}, so agents run with all rights of ${describeUser()}`;
    return toProblem(name, status, { detail, remedy: toRemedy(problem, where) });
  }
  if (launcher !== 'local')
    return toOk(
      name,
      `bubblewrap holds what was tried from inside, agents are confined, their network is ${settings.agentNetwork}`,
    );
  return toProblem(name, 'warning', {
    detail: `bubblewrap works, but agents run with all rights of ${describeUser()}, as configured`,
    remedy: 'Leave CLAUDE_SDK_PATTERN_LAUNCHER at auto to confine them.',
  });
}

function toRemedy(problem: string, { platform, inContainer }: Omit<Finding, 'problem'>): string {
  if (platform !== 'linux') return 'Run the server on Linux, or in a Linux container, when agents must be confined.';
  if (problem.includes('not installed')) return 'Install it (Debian: apt-get install bubblewrap) to confine agents.';
  if (inContainer)
    return 'Start the container with --security-opt seccomp=deploy/seccomp.json, systempaths=unconfined and apparmor=unconfined, each as an option of its own (docs/operate/deploy.md), and allow user namespaces on its machine.';
  return 'Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).';
}

function toSocatResult(outcome: ProgramOutcome): CheckResult {
  if (outcome.ok) return toOk('socat', 'works');
  return toProblem('socat', 'warning', {
    detail: outcome.reason,
    remedy: "Install it (Debian: apt-get install socat) where agents use the CLI's own command sandbox.",
  });
}
