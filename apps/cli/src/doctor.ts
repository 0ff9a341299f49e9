import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';
import { type CheckResult, type CheckStatus, runDoctor } from '@claude-sdk-pattern/server/doctor';
import type { CliContext } from './cli-context.ts';

const SIGNS: Record<CheckStatus, string> = { ok: '✔', warning: '!', failed: '✘' };

/** `csp doctor [--json]`. Exit code 1 if a check failed, 2 for an unknown option. */
export async function doctor(args: readonly string[], { environment, print, printError }: CliContext): Promise<number> {
  const unknown = args.find((one) => one !== '--json');
  if (unknown !== undefined) {
    printError(`csp doctor does not know ${unknown}; its one option is --json.`);
    return 2;
  }
  const results = await runDoctor(() => loadConfig(environment));
  const hasFailed = results.some((one) => one.status === 'failed');
  print(args.includes('--json') ? JSON.stringify({ ok: !hasFailed, checks: results }, null, 2) : formatReport(results));
  return hasFailed ? 1 : 0;
}

/** One line per check, and below each problem its remedy. */
export function formatReport(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map((one) => one.name.length));
  const lines = results.map(({ name, status, detail, remedy }) => {
    const line = `${SIGNS[status]} ${name.padEnd(width)}  ${detail}`;
    return remedy === undefined ? line : `${line}\n  ${' '.repeat(width)}  → ${remedy}`;
  });
  const failed = results.filter((one) => one.status === 'failed').length;
  const summary =
    failed === 0
      ? 'Ready to start.'
      : `${failed} of ${results.length} checks failed: the server will not work until they are put right.`;
  return [...lines, '', summary].join('\n');
}
