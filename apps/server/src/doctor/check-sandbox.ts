import { type CheckResult, toOk, toProblem } from './check-result.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

type Run = (file: string, args: readonly string[]) => Promise<ProgramOutcome>;

/** Checks the tools that confine agents on Linux; the server works without them, so nothing here fails. */
export async function checkSandbox(
  platform: NodeJS.Platform = process.platform,
  run: Run = runProgram,
): Promise<CheckResult[]> {
  if (platform !== 'linux') {
    return [
      toProblem('Sandbox', 'warning', {
        detail: `there is no bubblewrap on ${platform}`,
        remedy: 'Run the server on Linux, or in a Linux container, when agents must be confined.',
      }),
    ];
  }
  const [bubblewrap, socat] = await Promise.all([
    run('bwrap', ['--unshare-pid', '--ro-bind', '/', '/', 'true']),
    run('socat', ['-V']),
  ]);
  return [toBubblewrapResult(bubblewrap), toSocatResult(socat)];
}

function toBubblewrapResult(outcome: ProgramOutcome): CheckResult {
  if (outcome.ok) return toOk('bubblewrap', 'works');
  const isMissing = outcome.reason === 'is not installed';
  return toProblem('bubblewrap', 'warning', {
    detail: outcome.reason,
    remedy: isMissing
      ? 'Install it (Debian: apt-get install bubblewrap) so that no process of an agent can outlive it.'
      : 'Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).',
  });
}

function toSocatResult(outcome: ProgramOutcome): CheckResult {
  if (outcome.ok) return toOk('socat', 'works');
  return toProblem('socat', 'warning', {
    detail: outcome.reason,
    remedy: "Install it (Debian: apt-get install socat); the command sandbox's network filter needs it.",
  });
}
